import type { EcashStore, FundingWallet } from '../../../../src/ecash/index.ts';
import { lookupDirection, type Wallet } from '../../../../src/money/index.ts';
import { failure, parseInvoice, success } from '../../../../src/protocol/index.ts';
import type { EcashBudget } from './ecash-budget.ts';

/** Ecash under keys that begin so is paid for by a phone: nothing here pays for it, ever. */
const BY_PHONE = 'by phone ';

/** The key of a top-up; the same top-up has the same one. */
export function topUpKey(payBy: 'wallet' | 'phone', idempotencyKey: string): string {
  return payBy === 'phone' ? `${BY_PHONE}${idempotencyKey}` : `top-up ${idempotencyKey}`;
}

/** Whether the invoice for what is minted under that key is shown to a phone. */
export function isByPhone(key: string): boolean {
  return key.startsWith(BY_PHONE);
}

/**
 * Pays for ecash with the connected wallet, within the budget, except for what a phone is to pay: of that only the mint can
 * say whether it was paid, and it is asked again and again by whoever resumes.
 */
export function fundingWallet(parts: {
  readonly store: EcashStore;
  /** `null` while no wallet is connected that pays by itself. */
  readonly connected: () => Wallet | null;
  readonly budget: EcashBudget;
}): FundingWallet {
  const { store, connected, budget } = parts;
  const keyOf = async (isIt: (bolt11: string) => boolean): Promise<string | null> => {
    const open = await store.openOperations();
    const operation = open.find(({ bolt11 }) => bolt11 !== null && isIt(bolt11));
    return operation === undefined ? null : operation.id.slice(operation.kind.length + 1);
  };
  return {
    canPayFor: (key) => isByPhone(key) || connected() !== null,
    async pay(payment, call) {
      const key = (await keyOf((bolt11) => bolt11 === payment.bolt11)) ?? '';
      if (isByPhone(key))
        return failure('wallet-timeout', 'The phone has not paid yet, as far as the mint knows.');
      const wallet = connected();
      return wallet === null
        ? NOT_CONNECTED
        : budget.pay(wallet, { ...payment, boughtFor: paymentOfJob(key) }, call?.signal);
    },
    async lookup({ paymentHash }, call) {
      if (isByPhone((await keyOf(isOf(paymentHash))) ?? '')) return success(null);
      const wallet = connected();
      return wallet === null
        ? NOT_CONNECTED
        : lookupDirection(wallet, { paymentHash, direction: 'outgoing' }, call ?? {});
    },
    list: async (page, call) => (await connected()?.list(page, call)) ?? NOT_CONNECTED,
  };
}

/** The hash of the payment that ecash is bought for, by the key under which customers buy it; `null` for other keys. */
function paymentOfJob(key: string): string | null {
  return /^job [0-9a-f]{64} ([0-9a-f]{64})$/.exec(key)?.[1] ?? null;
}

/** Whether an invoice is for that hash. */
function isOf(paymentHash: string): (bolt11: string) => boolean {
  return (bolt11) => {
    const invoice = parseInvoice(bolt11);
    return invoice.ok && invoice.value.paymentHash === paymentHash;
  };
}

const NOT_CONNECTED = failure(
  'wallet-unreachable',
  'The wallet that pays for this ecash is not connected now.',
);
