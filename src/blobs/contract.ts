/**
 * Why a blob was not stored or not had.
 *
 * - `no-blob-server`: no server was named, or none of them has a usable address.
 * - `blob-refused`: every server that answered refuses the upload; `data.status` is what the last one said.
 * - `blob-too-large`: larger than the servers take, or than was announced.
 * - `blob-unreachable`: no server answered as it should; asking again may help.
 * - `blob-missing`: the servers answer, and none of them has it.
 * - `blob-mismatch`: a server sent, or says that it stored, other bytes than those of the hash.
 */
export type BlobFailureCode =
  | 'no-blob-server'
  | 'blob-refused'
  | 'blob-too-large'
  | 'blob-unreachable'
  | 'blob-missing'
  | 'blob-mismatch';

/** Bytes that servers have by now. */
export interface StoredBlob {
  /** Lower-case hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** Where it can be fetched, in the order of the servers that were named; at least one. */
  readonly urls: readonly string[];
}

/** A blob that somebody says is to be had somewhere. */
export interface WantedBlob {
  /** Lower-case hex. */
  readonly sha256: string;
  /** Tried in this order; a few are enough, see `MAX_SOURCES`. */
  readonly urls: readonly string[];
  /** More is not read. */
  readonly maxBytes: number;
}
