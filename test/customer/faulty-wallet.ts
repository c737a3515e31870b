import type { Wallet } from '../../src/money/index.ts';

/** A real wallet of which a test replaces some calls; it counts how often it was asked to pay. */
export function faultyWallet(
  wallet: Wallet,
  faults: Partial<Wallet>,
): Wallet & { readonly payCalls: readonly string[] } {
  const payCalls: string[] = [];
  const pay: Wallet['pay'] = (payment, call) => {
    payCalls.push(payment.bolt11);
    return faults.pay === undefined ? wallet.pay(payment, call) : faults.pay(payment, call);
  };
  return { ...wallet, ...faults, pay, payCalls };
}
