export { createBlobServer, type BlobServer, type BlobServerOptions } from './server/blob-server.ts';
export { openFileDirectory, UNFINISHED_FILE } from './server/file-directory.ts';
