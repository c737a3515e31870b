import type { JobContext, ResolvedInput } from '../../provider/index.ts';

/**
 * A job as one JSON document, the same for programs and HTTP endpoints. An input is `text` where its bytes are UTF-8
 * and `base64` otherwise.
 */
export interface JobDocument {
  readonly id: string;
  readonly kind: number;
  /** Hex public key. */
  readonly customer: string;
  /** The same when the job is worked on again. */
  readonly idempotencyKey: string;
  /** Parameter name → values, as sent. */
  readonly params: Readonly<Record<string, readonly string[]>>;
  /** MIME types that the customer would like, best first. */
  readonly outputs: readonly string[];
  readonly inputs: readonly InputDocument[];
}

type InputDocument = Pick<ResolvedInput, 'type' | 'marker' | 'mediaType' | 'source'> &
  ({ readonly text: string } | { readonly base64: string });

/** Writes the document of a job. */
export function jobDocument(job: JobContext): JobDocument {
  return {
    id: job.request.id,
    kind: job.request.kind,
    customer: job.request.customerPubkey,
    idempotencyKey: job.idempotencyKey,
    params: Object.fromEntries(job.params),
    outputs: job.outputs,
    inputs: job.inputs.map(({ type, marker, mediaType, source, bytes }) => ({
      type,
      marker,
      mediaType,
      source,
      ...textOrBytes(bytes),
    })),
  };
}

function textOrBytes(bytes: Uint8Array): { readonly text: string } | { readonly base64: string } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64') };
  }
}
