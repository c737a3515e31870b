import { failure, parseInvoice, satsToMsat, success, ZERO_MSAT } from '../../protocol/index.ts';
import type { LightningNetwork, Msat, Outcome } from '../../protocol/index.ts';
import { readPayable, recordOfMade } from '../invoice-terms.ts';
import type { PaymentRecord, Wallet, WalletCall, WalletOutcome } from '../wallet.ts';
import { noteSettled, provenPreimage, sendPayment, stillOpen, type SentPayment } from './webln-payments.ts';
import {
  askProvider,
  readProvider,
  settled,
  within,
  type WeblnProvider,
  type WeblnWait,
} from './webln-provider.ts';

/** People have to see and confirm what a wallet is asked. */
const CALL_TIMEOUT_MS = 60_000;
const PAY_TIMEOUT_MS = 120_000;
const MSAT_PER_SAT = 1_000n;
/** Payments remembered of each direction. */
const MAX_REMEMBERED = 1_000;

/**
 * Opens the wallet that a browser offers to pages as `window.webln`. WebLN knows whole sats, no holds, no description
 * hashes, no expiry, no list and no notices; it tells neither network, which the caller states, nor fees, which show as
 * zero. Payments are remembered while the page lives, and looked up among those alone: of others nothing is
 * claimed. Calls a wallet cannot answer are `not-implemented`. Fails with `no-webln-provider`.
 */
export function openWeblnWallet(options: {
  /** What is at `window.webln`; anything that is no provider is refused. */
  readonly provider: unknown;
  readonly network: LightningNetwork;
  /** Unix seconds. */
  readonly now: () => number;
  /** How long calls wait for the wallet and its owner in milliseconds: all but paying 60 s unless told, paying 120 s. */
  readonly timeouts?: { readonly callMs?: number; readonly payMs?: number };
  /** Closes the wallet when it aborts. */
  readonly signal?: AbortSignal;
}): Outcome<Wallet, 'no-webln-provider'> {
  const provider = readProvider(options.provider);
  if (!provider.ok) return provider;
  const { callMs = CALL_TIMEOUT_MS, payMs = PAY_TIMEOUT_MS } = options.timeouts ?? {};
  const closing = new AbortController();
  const life =
    options.signal === undefined ? closing.signal : AbortSignal.any([closing.signal, options.signal]);
  const bounded = (timeoutMs: number, call: WalletCall | undefined): WeblnWait => ({
    timeoutMs,
    signal: call?.signal === undefined ? life : AbortSignal.any([life, call.signal]),
  });
  return success(
    weblnWallet(provider.value, {
      network: options.network,
      now: options.now,
      quick: (call) => bounded(callMs, call),
      slow: (call) => bounded(payMs, call),
      close: () => closing.abort(),
    }),
  );
}

function weblnWallet(
  provider: WeblnProvider,
  context: {
    readonly network: LightningNetwork;
    readonly now: () => number;
    readonly quick: (call: WalletCall | undefined) => WeblnWait;
    readonly slow: (call: WalletCall | undefined) => WeblnWait;
    readonly close: () => void;
  },
): Wallet {
  const { network, now, quick, slow } = context;
  const sent = new Map<string, SentPayment>();
  const made = new Map<string, PaymentRecord>();
  let enabling: Promise<WalletOutcome<unknown>> | null = null;

  /** The owner is asked once, and once more after declining. */
  async function enable(wait: WeblnWait): Promise<WalletOutcome<unknown>> {
    enabling ??= settled(() => provider.enable());
    const enabled = await within(enabling, wait);
    if (enabled === null)
      return failure('wallet-timeout', 'The WebLN wallet was not allowed in time: look for it.');
    if (enabled.ok) return enabled;
    enabling = null;
    return failure('wallet-unauthorized', 'The WebLN wallet does not let this page in: allow it there.');
  }

  async function readBalance(wait: WeblnWait): Promise<WalletOutcome<Msat>> {
    if (provider.getBalance === undefined) return notImplemented('tell its balance');
    const answer = await askProvider(() => provider.getBalance?.() ?? Promise.resolve(null), wait);
    if (!answer.ok) return answer;
    const { balance, currency = 'sats' } = answer.value;
    const isWhole = typeof balance === 'number' && Number.isSafeInteger(balance) && balance >= 0;
    return isWhole && currency === 'sats'
      ? success(satsToMsat(balance))
      : notImplemented('tell its balance in sats');
  }

  /** Whether the wallet says that the hash was paid, and by which preimage. */
  async function askPaid(
    paymentHash: string,
    wait: WeblnWait,
  ): Promise<WalletOutcome<{ readonly paid: boolean; readonly preimage: string | null }>> {
    if (provider.lookupInvoice === undefined) return notImplemented('look invoices up');
    const answer = await askProvider(
      () => provider.lookupInvoice?.({ paymentHash }) ?? Promise.resolve(null),
      wait,
    );
    if (!answer.ok) return answer;
    return success({
      paid: answer.value['paid'] === true,
      preimage: provenPreimage(answer.value['preimage'], paymentHash),
    });
  }

  /** Forgets the oldest payment that has ended when there are too many; one under way is never forgotten. */
  function makeRoom(): boolean {
    if (sent.size < MAX_REMEMBERED) return true;
    const ended = [...sent.values()].find(({ record }) => record.state !== 'pending');
    return ended !== undefined && sent.delete(ended.record.paymentHash);
  }

  async function lookupSent(payment: SentPayment, wait: WeblnWait): Promise<WalletOutcome<PaymentRecord>> {
    const { state, paymentHash } = payment.record;
    if (state !== 'pending') return success(payment.record);
    // Wallets that look up only invoices of their own say nothing here; the payment then stays under way.
    const asked = await askPaid(paymentHash, wait);
    if (asked.ok && asked.value.preimage !== null) noteSettled(payment, asked.value.preimage, now());
    return success(payment.record);
  }

  async function lookupMade(record: PaymentRecord, wait: WeblnWait): Promise<WalletOutcome<PaymentRecord>> {
    if (record.state === 'settled') return success(record);
    const asked = await askPaid(record.paymentHash, wait);
    if (!asked.ok) return asked;
    const { paid, preimage } = asked.value;
    if (!paid) return success(record);
    const received: PaymentRecord = { ...record, state: 'settled', preimage, settledAt: now() };
    made.set(record.paymentHash, received);
    return success(received);
  }

  return {
    async capabilities(call) {
      const enabled = await enable(quick(call));
      if (!enabled.ok) return enabled;
      return success({
        network,
        playMoney: network !== 'bitcoin',
        hold: false,
        choosePreimage: false,
        descriptionHash: false,
        notifications: false,
      });
    },

    async balance(call) {
      const enabled = await enable(quick(call));
      if (!enabled.ok) return enabled;
      const balance = await readBalance(quick(call));
      return balance.ok ? success({ spendableMsat: balance.value }) : balance;
    },

    async makeInvoice({ amountMsat, description = '', descriptionHash }, call) {
      if (provider.makeInvoice === undefined) return notImplemented('make invoices');
      if (descriptionHash !== undefined) return notImplemented('put a hash in place of a description');
      if (amountMsat % MSAT_PER_SAT !== 0n)
        return failure(
          'invalid-invoice',
          'WebLN wallets make invoices of whole sats only: round the amount.',
          {
            reason: 'fractional-sats',
          },
        );
      const enabled = await enable(quick(call));
      if (!enabled.ok) return enabled;
      const terms = { amount: Number(amountMsat / MSAT_PER_SAT), defaultMemo: description };
      const answer = await askProvider(
        () => provider.makeInvoice?.(terms) ?? Promise.resolve(null),
        quick(call),
      );
      if (!answer.ok) return answer;
      const record = recordOfMade(answer.value['paymentRequest'], { amountMsat, network });
      if (!record.ok) return record;
      made.set(record.value.paymentHash, record.value);
      const [oldest] = made.keys();
      if (made.size > MAX_REMEMBERED && oldest !== undefined) made.delete(oldest);
      return record;
    },

    makeHoldInvoice: () => Promise.resolve(notImplemented('hold payments')),
    settleHold: () => Promise.resolve(notImplemented('hold payments')),
    cancelHold: () => Promise.resolve(notImplemented('hold payments')),

    async pay({ bolt11 }, call) {
      const invoice = readPayable(bolt11, network);
      if (!invoice.ok) return invoice;
      const { paymentHash, amountMsat, expiresAt } = invoice.value;
      const isUnknown = (): boolean => (sent.get(paymentHash)?.record.state ?? 'failed') === 'failed';
      if (isUnknown()) {
        if (expiresAt <= now())
          return failure('invalid-invoice', 'The invoice has expired: ask the payee for a new one.', {
            reason: 'expired',
          });
        const enabled = await enable(quick(call));
        if (!enabled.ok) return enabled;
        // A wallet that refuses for lack of money does not say so: its balance does, give or take a sat.
        const balance = await readBalance(quick(call));
        if (balance.ok && amountMsat > balance.value + MSAT_PER_SAT)
          return failure('insufficient-balance', 'The wallet holds too little for this payment.', {
            spendableMsat: balance.value.toString(),
          });
      }
      const known = isUnknown() ? undefined : sent.get(paymentHash);
      if (known === undefined && !makeRoom())
        return failure(
          'rate-limited',
          'Too many payments are under way: wait until some of them have ended.',
        );
      const payment = known ?? sendPayment(provider, invoice.value, now);
      sent.set(paymentHash, payment);
      if (payment.record.state === 'settled' && payment.record.preimage !== null)
        return success({ preimage: payment.record.preimage, feePaidMsat: ZERO_MSAT });
      return (await within(payment.outcome, slow(call))) ?? stillOpen();
    },

    async lookup({ paymentHash }, call) {
      const payment = sent.get(paymentHash);
      const invoice = made.get(paymentHash);
      if (invoice !== undefined) {
        const found = await lookupMade(invoice, quick(call));
        return found.ok ? success(shown(found.value, now())) : found;
      }
      return payment === undefined
        ? notImplemented('tell of payments of other pages')
        : lookupSent(payment, quick(call));
    },

    list: () => Promise.resolve(notImplemented('list payments')),

    subscribe: () => undefined,

    close: async () => context.close(),
  };
}

/** An unpaid invoice as it stands now. */
function shown(record: PaymentRecord, now: number): PaymentRecord {
  const invoice = record.bolt11 === null ? null : parseInvoice(record.bolt11);
  const isOver = invoice?.ok === true && invoice.value.expiresAt <= now;
  return record.state === 'pending' && isOver ? { ...record, state: 'expired' } : record;
}

function notImplemented(what: string) {
  return failure('not-implemented', `WebLN, or this wallet, cannot ${what}: use another wallet for that.`);
}
