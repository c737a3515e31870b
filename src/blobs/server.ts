export { createBlobServer, type BlobServer, type BlobServerOptions } from './server/blob-server.ts';
export { openFileDirectory } from './server/file-directory.ts';
