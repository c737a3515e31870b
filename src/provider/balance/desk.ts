import { invoicesPerMinute } from '../../money/index.ts';
import type { JobMessage } from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';
import { checkTopUp, hearTopUp } from './top-up.ts';
import { followWithdrawal, hearWithdrawal } from './withdrawal.ts';

/** What a provider does about the balances of its customers, beside selling. */
export interface BalanceDesk {
  /** Takes a message that asks for a top-up or a withdrawal; others are none of its business. */
  hear(message: JobMessage): Promise<void>;
  /** The wallet told of a payment: it may be that of a top-up. */
  paymentNoticed(paymentHash: string): void;
  /** Waits, after the context's signal aborted, until nothing is under way. */
  stopped(): Promise<void>;
}

/**
 * Keeps the balances of one provider: notices and messages only say "look", and what a crash or a lost notice left open
 * is looked at every `sweepSeconds`, by one of the processes that share the books.
 */
export function createBalanceDesk(context: ProviderContext): BalanceDesk {
  const { balances } = context.ledger;
  const { wallet, signer } = context;
  const perMinute = (limit: number) => invoicesPerMinute(limit, context.now);
  const rates = {
    mayMakeInvoice: perMinute(context.balanceLimits.topUpsPerMinute),
    mayRefuse: perMinute(context.limits.refusalsPerMinute),
  };
  /** Payment hashes of what is being looked at; one look at each is enough. */
  const looking = new Map<string, Promise<void>>();

  const look = (paymentHash: string, run: () => Promise<void>): void => {
    if (looking.has(paymentHash) || context.signal.aborted) return;
    const done = run()
      .catch((error: unknown) => {
        if (context.signal.aborted) return;
        const message = error instanceof Error ? error.message : String(error);
        context.onTrouble({ code: 'provider-broke', message }, null);
      })
      .finally(() => looking.delete(paymentHash));
    looking.set(paymentHash, done);
  };

  const sweep = async (): Promise<void> => {
    if (wallet === null || !context.speaks()) return;
    for (const topUp of await balances.listOpenTopUps(signer.pubkey))
      look(topUp.paymentHash, () => checkTopUp(context, topUp));
    for (const withdrawal of await balances.listOpenWithdrawals(signer.pubkey))
      look(withdrawal.paymentHash, () => followWithdrawal(context, wallet, withdrawal));
  };
  const sweepNow = () => look('sweep', sweep);
  sweepNow();
  const timer = setInterval(sweepNow, context.limits.sweepSeconds * 1000);
  context.signal.addEventListener('abort', () => clearInterval(timer), { once: true });

  return {
    async hear(message) {
      if (message.type === 'top-up') await hearTopUp(context, message, rates);
      if (message.type !== 'withdrawal' || wallet === null) return;
      const withdrawal = await hearWithdrawal(context, message, rates);
      if (withdrawal !== null)
        look(withdrawal.paymentHash, () => followWithdrawal(context, wallet, withdrawal));
    },
    paymentNoticed(paymentHash) {
      look(paymentHash, async () => {
        const topUp = await balances.topUp(paymentHash);
        if (topUp?.providerPubkey === signer.pubkey) await checkTopUp(context, topUp);
      });
    },
    async stopped() {
      await Promise.all(looking.values());
    },
  };
}
