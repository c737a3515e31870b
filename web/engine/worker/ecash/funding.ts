import type { EcashStore, FundingWallet } from '../../../../src/ecash/index.ts';
import { lookupDirection, type Wallet } from '../../../../src/money/index.ts';
import { failure, parseInvoice, success } from '../../../../src/protocol/index.ts';

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
 * Pays for ecash with the connected wallet, except for what a phone is to pay: of that only the mint can say whether it
 * was paid, and it is asked again and again by whoever resumes.
 */
export function fundingWallet(parts: {
  readonly store: EcashStore;
  /** `null` while no wallet is connected that pays by itself. */
  readonly connected: () => Wallet | null;
}): FundingWallet {
  const { store, connected } = parts;
  const isShown = async (isIt: (bolt11: string) => boolean): Promise<boolean> => {
    const open = await store.openOperations();
    return open.some(
      ({ id, kind, bolt11 }) => bolt11 !== null && isByPhone(id.slice(kind.length + 1)) && isIt(bolt11),
    );
  };
  return {
    canPayFor: (key) => isByPhone(key) || connected() !== null,
    async pay(payment, call) {
      if (await isShown((bolt11) => bolt11 === payment.bolt11))
        return failure('wallet-timeout', 'The phone has not paid yet, as far as the mint knows.');
      return (await connected()?.pay(payment, call)) ?? NOT_CONNECTED;
    },
    async lookup({ paymentHash }, call) {
      if (await isShown(isOf(paymentHash))) return success(null);
      const wallet = connected();
      return wallet === null
        ? NOT_CONNECTED
        : lookupDirection(wallet, { paymentHash, direction: 'outgoing' }, call ?? {});
    },
    list: async (page, call) => (await connected()?.list(page, call)) ?? NOT_CONNECTED,
  };
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
