import { unixNow } from '../../../../src/clock/index.ts';
import {
  buildOperatorStatement,
  failure,
  success,
  type NostrEvent,
  type Outcome,
} from '../../../../src/protocol/index.ts';
import type { OwnersDesk } from '../desk.ts';

/**
 * Has the person's own key say that it runs the worker key, or not any more; `before` is what it said last. Fails with
 * `statement-unsigned` when its signer refuses, and `statement-untaken` when no relay takes it.
 */
export async function stateOperator(
  { signer, relays, relayUrls, signal }: OwnersDesk,
  said: {
    readonly workerPubkey: string;
    readonly stands: boolean;
    readonly before: NostrEvent | null;
  },
): Promise<Outcome<NostrEvent, 'statement-unsigned' | 'statement-untaken'>> {
  const { workerPubkey, stands, before } = said;
  const createdAt = Math.max(unixNow(), (before?.created_at ?? 0) + 1); // of one second relays may keep either
  let statement: NostrEvent;
  try {
    statement = await signer.sign(buildOperatorStatement({ workerPubkey, stands, createdAt }));
  } catch {
    return stands ? UNSIGNED : STILL_SIGNED;
  }
  const receipts = await relays.publish(statement, relayUrls, { signal });
  const isTaken = receipts.some(({ outcome }) => outcome === 'accepted' || outcome === 'duplicate');
  return isTaken ? success(statement) : UNTAKEN;
}

const UNSIGNED = failure(
  'statement-unsigned',
  'Your own key did not sign that it runs these services, so nothing was announced: agree in your signer, or leave your name out.',
);
const STILL_SIGNED = failure(
  'statement-unsigned',
  'Your services name you no more, so nobody is shown the link. Your own key did not sign that it is over: save again to ask it once more.',
);
const UNTAKEN = failure(
  'statement-untaken',
  'No relay took what your own key says of the services: see that a relay answers, and save again.',
);
