import type {
  PaymentRecord,
  Wallet,
  WalletNotification,
  WalletOutcome,
} from '../../../../src/money/index.ts';
import {
  failure,
  parseInvoice,
  success,
  ZERO_MSAT,
  type LightningNetwork,
  type Msat,
} from '../../../../src/protocol/index.ts';

/** An invoice that a person is to pay with a wallet of their own. */
export interface ShownInvoice {
  readonly bolt11: string;
  readonly paymentHash: string;
  readonly amountMsat: Msat;
}

/** A wallet that pays nothing by itself: it shows invoices, and believes a payment when the payee acts on it. */
export interface QrWallet extends Wallet {
  /** The invoice of that hash, while nobody knows that it was paid. */
  shown(paymentHash: string): ShownInvoice | null;
  /** Whoever was to pay it says that it has not and will not; `false` when it is not shown. */
  refuse(paymentHash: string): boolean;
  /**
   * The payee has begun to work for it, which it does only once it was paid: the money is spent, or held until it
   * delivers. There is no preimage, and none is claimed.
   */
  payeeActs(paymentHash: string, money: 'spent' | 'held'): void;
}

/** Makes the wallet; `onShow` is told whenever what is shown has changed. */
export function openQrWallet(options: {
  readonly network: LightningNetwork;
  /** Unix seconds. */
  readonly now: () => number;
  readonly onShow: () => void;
}): QrWallet {
  const { network, now, onShow } = options;
  const shown = new Map<string, ShownInvoice>();
  /** Ends the showing of an invoice, with the answer. */
  const ending = new Map<string, (outcome: WalletOutcome<never>) => void>();
  const acted = new Map<string, PaymentRecord>();
  const listeners = new Set<(notice: WalletNotification) => void>();

  return {
    capabilities: () =>
      Promise.resolve(
        success({
          network,
          playMoney: network !== 'bitcoin',
          hold: false,
          choosePreimage: false,
          descriptionHash: false,
          notifications: true,
        }),
      ),
    balance: cannot,
    makeInvoice: cannot,
    makeHoldInvoice: cannot,
    settleHold: cannot,
    cancelHold: cannot,
    list: cannot,
    pay({ bolt11 }, call) {
      const invoice = parseInvoice(bolt11);
      if (!invoice.ok || invoice.value.amountMsat === null)
        return Promise.resolve(failure('invalid-invoice', 'The invoice cannot be shown.'));
      const { paymentHash, amountMsat, expiresAt } = invoice.value;
      shown.set(paymentHash, { bolt11, paymentHash, amountMsat });
      onShow();
      return new Promise((resolve) => {
        const end = (outcome: WalletOutcome<never>): void => {
          clearTimeout(timer);
          call?.signal?.removeEventListener('abort', stop);
          shown.delete(paymentHash);
          ending.delete(paymentHash);
          onShow();
          resolve(outcome);
        };
        const stop = (): void => end(ONLY_PAYEE_KNOWS);
        ending.set(paymentHash, end);
        const timer = setTimeout(stop, Math.max(0, expiresAt - now()) * 1000);
        call?.signal?.addEventListener('abort', stop, { once: true });
      });
    },
    lookup: ({ paymentHash }) => Promise.resolve(success(acted.get(paymentHash) ?? null)),
    subscribe(listener, signal) {
      listeners.add(listener);
      signal.addEventListener('abort', () => listeners.delete(listener), { once: true });
    },
    close: () => Promise.resolve(),
    shown: (paymentHash) => shown.get(paymentHash) ?? null,
    refuse(paymentHash) {
      const end = ending.get(paymentHash);
      end?.(NOT_PAID);
      return end !== undefined;
    },
    payeeActs(paymentHash, money) {
      const invoice = shown.get(paymentHash);
      if (invoice === undefined) return;
      const isSpent = money === 'spent';
      const payment: PaymentRecord = {
        direction: 'outgoing',
        state: isSpent ? 'settled' : 'pending',
        paymentHash,
        bolt11: invoice.bolt11,
        amountMsat: invoice.amountMsat,
        feePaidMsat: ZERO_MSAT,
        preimage: null,
        createdAt: now(),
        settledAt: isSpent ? now() : null,
        settleDeadlineHeight: null,
        byPayeesWord: true,
      };
      acted.set(paymentHash, payment);
      ending.get(paymentHash)?.(ONLY_PAYEE_KNOWS);
      for (const tell of listeners) tell({ type: isSpent ? 'sent' : 'held', payment });
    },
  };
}

const ONLY_PAYEE_KNOWS = failure(
  'wallet-timeout',
  'Whether the shown invoice was paid, only its payee can tell.',
);
const NOT_PAID = failure('payment-failed', 'Whoever was shown the invoice did not pay it.', {
  reason: 'declined',
});

function cannot(): Promise<WalletOutcome<never>> {
  return Promise.resolve(failure('not-implemented', 'A phone that scans invoices can only pay them.'));
}
