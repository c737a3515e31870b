import {
  decryptContent,
  parseJobRequest,
  type JobRequest,
  type JobRequestFailureCode,
  type NostrEvent,
  type Outcome,
  success,
} from '../protocol/index.ts';
import type { ProviderContext } from './context.ts';
import { readRelaysOf } from './customer-relays.ts';

/**
 * Reads a request as its customer wrote it: what is encrypted for us is decrypted, anew each time, so that the
 * ledger holds nothing but the event as it came. Fails with `undecryptable` or the parser's codes.
 */
export async function openRequest(
  context: Pick<ProviderContext, 'signer'>,
  event: NostrEvent,
): Promise<Outcome<JobRequest, JobRequestFailureCode | 'undecryptable'>> {
  const sealed = parseJobRequest(event);
  if (!sealed.ok || !sealed.value.encrypted) return sealed;
  const opened = await decryptContent(event, event.pubkey, context.signer);
  return opened.ok ? parseJobRequest(event, opened.value) : opened;
}

/** The same, with the relays that its customer reads where the request does not say where answers go. */
export async function openToAnswer(
  context: Parameters<typeof readRelaysOf>[0] & Pick<ProviderContext, 'signer'>,
  event: NostrEvent,
): Promise<Outcome<JobRequest, JobRequestFailureCode | 'undecryptable'>> {
  const request = await openRequest(context, event);
  if (!request.ok || request.value.relays.length > 0) return request;
  const relays = await readRelaysOf(context, request.value.customerPubkey);
  return success({ ...request.value, relays });
}
