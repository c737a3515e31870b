import { wrapFor } from '../../keys/index.ts';
import type { BalanceAccount, BalanceTold, OutgoingEvent } from '../../ledger/index.ts';
import {
  formatSats,
  msat,
  orThrow,
  wrapJobMessage,
  type JobMessageDraft,
  type Msat,
  type Outcome,
} from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';

/** For so long it is worth telling a customer about its balance. */
const WORTH_SECONDS = 7 * 86_400;
/** A balance that moved between our reading and our writing is read again this often. */
const MAX_READS = 10;

/** A private message about a balance, on the provider's relays; `draft.requestId` is the id of the top-up or withdrawal. */
export async function balanceMessage(
  context: Pick<ProviderContext, 'signer' | 'relayUrls'>,
  customerPubkey: string,
  draft: JobMessageDraft,
): Promise<OutgoingEvent> {
  const wrap = await wrapJobMessage(draft, wrapFor(customerPubkey, context.signer, draft.createdAt));
  const expiresAt = draft.createdAt + WORTH_SECONDS;
  return { event: orThrow(wrap), relays: context.relayUrls, expiresAt };
}

/** Nobody waits for the answer to a top-up or withdrawal that was asked for so long ago, nor is it made then. */
export const WISH_AGE_SECONDS = 600;

/** What strangers may make a provider do for their wishes, each so often in a minute. */
export interface BalanceRates {
  readonly mayMakeInvoice: () => boolean;
  readonly mayRefuse: () => boolean;
}

/** Says no to a top-up or withdrawal, as well as it can be said: nothing is kept of it. */
export async function refuseBalance(
  context: ProviderContext,
  { mayRefuse }: Pick<BalanceRates, 'mayRefuse'>,
  { requestId, authorPubkey }: { readonly requestId: string; readonly authorPubkey: string },
  { code, message: text }: { readonly code: string; readonly message: string },
): Promise<void> {
  if (!mayRefuse()) return;
  const draft = { type: 'balance-refused', reason: code, requestId, text, createdAt: context.now() } as const;
  const { event, relays } = await balanceMessage(context, authorPubkey, draft);
  void context.relays.publish(event, relays, { signal: context.signal }).catch(() => undefined);
}

/**
 * Changes a balance and tells its customer in the same commit what it is then, which must be known before that is
 * signed: where others changed it meanwhile, it is read again. `false` when it was booked before.
 */
export async function changeAndTell(
  context: ProviderContext,
  { account, about, byMsat }: { account: BalanceAccount; about: string; byMsat: bigint },
  change: (told: BalanceTold) => Promise<Outcome<Msat, 'stale' | 'ended'>>,
): Promise<boolean> {
  for (let reads = 0; reads < MAX_READS; reads++) {
    const seenMsat = await context.ledger.balances.of(account);
    const amountMsat = msat(seenMsat + byMsat);
    const text = `Your balance here is ${formatSats(amountMsat)}.`;
    const said = { type: 'balance', amountMsat, requestId: about, text, createdAt: context.now() } as const;
    const publish = [await balanceMessage(context, account.customerPubkey, said)];
    const changed = await change({ seenMsat, publish });
    if (changed.ok || changed.failure.code === 'ended') return changed.ok;
  }
  return false; // looked at again by the next sweep
}
