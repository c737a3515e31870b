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
  /** The payee has begun to work for it, which it does only once it was paid. There is no preimage, and none is claimed. */
  payeeActs(paymentHash: string): void;
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
  const refusing = new Map<string, () => void>();
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
          refusing.delete(paymentHash);
          onShow();
          resolve(outcome);
        };
        const stop = (): void =>
          end(failure('wallet-timeout', 'Whether the shown invoice was paid, only its payee can tell.'));
        refusing.set(paymentHash, () =>
          end(failure('payment-failed', 'Whoever was shown the invoice did not pay it.')),
        );
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
    shown: (paymentHash) => (acted.has(paymentHash) ? null : (shown.get(paymentHash) ?? null)),
    refuse(paymentHash) {
      const refuse = acted.has(paymentHash) ? undefined : refusing.get(paymentHash);
      refuse?.();
      return refuse !== undefined;
    },
    payeeActs(paymentHash) {
      const invoice = shown.get(paymentHash);
      if (invoice === undefined || acted.has(paymentHash)) return;
      const payment: PaymentRecord = {
        direction: 'outgoing',
        state: 'pending',
        paymentHash,
        bolt11: invoice.bolt11,
        amountMsat: invoice.amountMsat,
        feePaidMsat: ZERO_MSAT,
        preimage: null,
        createdAt: now(),
        settledAt: null,
        settleDeadlineHeight: null,
      };
      acted.set(paymentHash, payment);
      for (const tell of listeners) tell({ type: 'held', payment });
      onShow();
    },
  };
}

function cannot(): Promise<WalletOutcome<never>> {
  return Promise.resolve(failure('not-implemented', 'A phone that scans invoices can only pay them.'));
}
