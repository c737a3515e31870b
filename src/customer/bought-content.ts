import {
  failure,
  openReveal,
  orThrow,
  readFileTag,
  success,
  type NostrEvent,
  type Outcome,
  type RevealFailureCode,
} from '../protocol/index.ts';
import type { Offer } from './offer.ts';
import { fetchFile, type FileContext } from './result-file.ts';
import type { CustomerContext, Run } from './run.ts';
import { openAnswer } from './sealed-answer.ts';

/** Opens nothing: any lock that works refuses it as the wrong key, after everything else was in order. */
const WRONG_PREIMAGE = '00'.repeat(32);

/**
 * The text of a result that was bought: decrypted where it came sealed, and opened with the preimage where it was
 * locked to the payment. Fails when the lock does not open. Throws when the signer does not answer now, which
 * says nothing about the result; the step is tried again.
 */
export async function openBought(
  context: Pick<CustomerContext, 'signer'>,
  run: Pick<Run, 'request' | 'purchase'>,
  result: NostrEvent,
): Promise<Outcome<string, Exclude<RevealFailureCode, 'undecryptable'>>> {
  const content = await plainContent(context, run, result);
  const { preimage, offer } = run.purchase;
  if (offer?.exchange !== 'reveal' || offer.event.id !== result.id || preimage === null)
    return success(content);
  const opened = await openReveal({
    content,
    preimage,
    peerPubkey: result.pubkey,
    ciphers: context.signer,
  });
  if (opened.ok) return opened;
  const { code, message } = opened.failure;
  if (code === 'undecryptable') throw new Error(message);
  return failure(code, message);
}

/**
 * Whether the right key could open what is offered locked, and a file that it is about is really there; found out
 * before anything is paid for it.
 */
export async function couldBeOpened(
  context: Pick<CustomerContext, 'signer'> & FileContext,
  run: Pick<Run, 'request' | 'purchase'>,
  offer: Offer,
): Promise<boolean> {
  if (offer.reveal === null) return true;
  const tried = await openReveal({
    content: await plainContent(context, run, offer.event),
    preimage: WRONG_PREIMAGE,
    peerPubkey: offer.providerPubkey,
    ciphers: context.signer,
  });
  if (tried.ok || tried.failure.code !== 'wrong-key') return false;
  const file = context.files === null ? null : readFileTag(offer.event.tags);
  return (
    file === null ||
    (await fetchFile(context, { requestId: run.purchase.requestId, author: offer.providerPubkey }, file)).ok
  );
}

async function plainContent(
  context: Pick<CustomerContext, 'signer'>,
  { request }: Pick<Run, 'request'>,
  event: NostrEvent,
): Promise<string> {
  return orThrow(await openAnswer(context, request, event)) ?? event.content;
}
