import {
  decryptContent,
  success,
  type JobRequest,
  type NostrEvent,
  type Outcome,
} from '../protocol/index.ts';
import type { CustomerContext } from './run.ts';

/** Whether the event is an encrypted answer of a provider that we asked in ciphertext; nobody else's is decrypted. */
export function isSealedForUs(request: JobRequest, event: NostrEvent): boolean {
  if (!request.encrypted || !request.targets.includes(event.pubkey)) return false;
  return event.tags.some(([name]) => name === 'encrypted');
}

/**
 * The decrypted content of an answer that came encrypted; no value when it came in clear. The ledger keeps the
 * event as it was signed, so it is decrypted whenever it is read. Fails with `undecryptable`.
 */
export async function openAnswer(
  context: Pick<CustomerContext, 'signer'>,
  request: JobRequest,
  event: NostrEvent,
): Promise<Outcome<string | undefined, 'undecryptable'>> {
  return isSealedForUs(request, event)
    ? decryptContent(event, event.pubkey, context.signer)
    : success(undefined);
}
