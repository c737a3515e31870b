import type { GuardedFetch } from '../../../../src/http/index.ts';
import type { Signer } from '../../../../src/keys/index.ts';
import type { Ledger } from '../../../../src/ledger/index.ts';
import {
  decryptContent,
  failure,
  parseJobRequest,
  success,
  type JobRequest,
  type NostrEvent,
  type Outcome,
} from '../../../../src/protocol/index.ts';
import { fetchUrlInput } from '../../../../src/provider/index.ts';

/** A file of a job is no larger; it is held in memory until the page has it. */
const MAX_FILE_BYTES = 32 * 2 ** 20;

/** A request as it was meant for the worker; `null` where it can't be read. */
export async function readAsked(signer: Signer, event: NostrEvent): Promise<JobRequest | null> {
  const sealed = parseJobRequest(event);
  if (!sealed.ok || !sealed.value.encrypted) return sealed.ok ? sealed.value : null;
  const opened = await decryptContent(event, event.pubkey, signer);
  const read = opened.ok ? parseJobRequest(event, opened.value) : opened;
  return read.ok ? read.value : null;
}

/**
 * Fetches and opens a file that a job comes with. Fails with `no-such-file` where the job names no such address, or a
 * code of `fetchUrlInput`.
 */
export async function openAskedFile(
  parts: { readonly signer: Signer; readonly ledger: Ledger; readonly fetch: GuardedFetch },
  { requestId, url }: { readonly requestId: string; readonly url: string },
  signal: AbortSignal,
): Promise<Outcome<Blob>> {
  const sale = await parts.ledger.sales.get(parts.signer.pubkey, requestId);
  const request = sale && (await readAsked(parts.signer, sale.request));
  if (!request?.inputs.some(({ type, data }) => type === 'url' && data === url))
    return failure('no-such-file', 'The job comes with no such file.');
  const fetched = await fetchUrlInput(parts.fetch, request, url, { signal, maxBytes: MAX_FILE_BYTES });
  if (!fetched.ok) return fetched;
  const { body, contentType } = fetched.value;
  return success(new Blob([new Uint8Array(body)], { type: contentType ?? 'application/octet-stream' }));
}
