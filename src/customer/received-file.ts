import type { BlobClient, KeptFiles } from '../blobs/index.ts';
import type { Failure } from '../protocol/index.ts';

/** How the files of results are fetched, and where they are kept once they were. */
export interface FileSource {
  readonly client: Pick<BlobClient, 'download'>;
  /** Files of purchases that money went into. */
  readonly kept: KeptFiles;
  /** All others, whose providers risk nothing by making them large: they never push out what was paid for. */
  readonly keptUnpaid: KeptFiles;
}

/** A file that was bought. Its bytes are those that the provider signed for; untrusted like any content. */
export interface ReceivedFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** MIME type as the provider says. */
  readonly mediaType: string | null;
  /** How the provider calls it. */
  readonly name: string | null;
  readonly url: string;
}

/** What is known of the file behind a result. */
export interface FileWatch {
  readonly resultId: string;
  /** It was fetched, and opens. */
  ready: boolean;
  /** Why the last try to fetch it failed. */
  failure: Failure<'result-unreadable'> | null;
}
