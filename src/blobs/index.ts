export {
  BLOB_AUTHORIZATION_KIND,
  checkBlobAuthorization,
  signBlobAuthorization,
  type BlobAction,
  type BlobAuthorizationRefusal,
} from './authorization.ts';
export { blobAddress, extensionOf, hashInAddress, sha256Hex } from './blob-address.ts';
export { createBlobClient, type BlobClient, type BlobClientOptions } from './client.ts';
export type { BlobFailureCode, StoredBlob, WantedBlob } from './contract.ts';
export { decryptFile, encryptFile, type FileKey } from './file-encryption.ts';
export { createMemoryFiles, type KeptFiles } from './kept-files.ts';
export { BLOB_SERVER_LIST_KIND, buildBlobServerList, parseBlobServerList } from './server-list.ts';
