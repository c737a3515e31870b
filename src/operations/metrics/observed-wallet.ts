import type { Wallet, WalletOutcome } from '../../money/index.ts';
import type { Metrics } from './registry.ts';

/** The wallet, whose calls are counted and timed by method and outcome. */
export function observedWallet(
  wallet: Wallet,
  { walletCalls, walletSeconds }: Pick<Metrics, 'walletCalls' | 'walletSeconds'>,
): Wallet {
  const timed = async <Value>(
    method: string,
    call: () => Promise<WalletOutcome<Value>>,
  ): Promise<WalletOutcome<Value>> => {
    const startedMs = performance.now();
    let outcome = 'threw';
    try {
      const answer = await call();
      outcome = answer.ok ? 'ok' : answer.failure.code;
      return answer;
    } finally {
      walletCalls.inc({ method, outcome });
      walletSeconds.observe({ method }, (performance.now() - startedMs) / 1000);
    }
  };
  return {
    capabilities: (...args) => timed('capabilities', () => wallet.capabilities(...args)),
    balance: (...args) => timed('balance', () => wallet.balance(...args)),
    makeInvoice: (...args) => timed('make_invoice', () => wallet.makeInvoice(...args)),
    makeHoldInvoice: (...args) => timed('make_hold_invoice', () => wallet.makeHoldInvoice(...args)),
    settleHold: (...args) => timed('settle_hold', () => wallet.settleHold(...args)),
    cancelHold: (...args) => timed('cancel_hold', () => wallet.cancelHold(...args)),
    pay: (...args) => timed('pay', () => wallet.pay(...args)),
    lookup: (...args) => timed('lookup', () => wallet.lookup(...args)),
    list: (...args) => timed('list', () => wallet.list(...args)),
    subscribe: (...args) => wallet.subscribe(...args),
    close: () => wallet.close(),
  };
}
