import type { BlobClient, KeptFiles } from '../../blobs/index.ts';

/** Where the files of results go. */
export interface FileDesk {
  readonly client: BlobClient;
  /** URLs of Blossom servers, the most trusted first; one of them must take a file before its result is published. */
  readonly servers: readonly string[];
  /**
   * Keeps each file from the moment it is made: a crash uploads it again instead of doing the work again, and it can
   * be asked for later. Processes of several machines that share their books need not share this place.
   */
  readonly kept: KeptFiles;
}
