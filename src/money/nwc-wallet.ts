import { secretKeySigner, type Signer } from '../keys/index.ts';
import { failure, isHex32, parseInvoice, success, type Outcome } from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import { openNwcChannel, type NwcChannel } from './nwc-channel.ts';
import { parseNwcUri } from './nwc-connection.ts';
import { provesPayment, readJsonMsat, readTransaction, toJsonMsat } from './nwc-payment.ts';
import { asJsonObject, HOLD_METHODS, LIST_PAGE_SIZE, readNetwork, type JsonObject } from './nwc-protocol.ts';
import type { PaymentRecord, Wallet, WalletCapabilities, WalletOutcome } from './wallet.ts';

/** How long calls wait for the wallet, in milliseconds. */
export interface NwcTimeouts {
  /** Everything but paying; 10 s unless told. */
  readonly callMs?: number;
  /** Paying; 60 s unless told. A held payment outlives it. */
  readonly payMs?: number;
}

const CALL_TIMEOUT_MS = 10_000;
const PAY_TIMEOUT_MS = 60_000;
const DEFAULT_LIST_LIMIT = 100;
/** Bounds what a wallet that pages without end can make us fetch. */
const MAX_LIST_LIMIT = 1_000;

/**
 * Opens a Lightning wallet over Nostr Wallet Connect (NIP-47). Nothing is asked before the first call; what the
 * wallet can do and the encryption it wants are asked once. NIP-47 cannot limit fees: `feeLimitMsat` of `pay`
 * is for the caller to reserve, and the fee that comes back may exceed it. The URI stays in here: no failure
 * repeats it. Fails with `invalid-nwc-uri`.
 */
export function openNwcWallet(options: {
  readonly uri: string;
  readonly relays: RelayPool;
  /** Unix seconds. */
  readonly now: () => number;
  readonly timeouts?: NwcTimeouts;
  /** Makes the connection's signer; the portable one unless told, servers pass a faster one. */
  readonly signerOf?: (secretKey: Uint8Array) => Signer;
  /** Closes the wallet when it aborts. */
  readonly signal?: AbortSignal;
}): Outcome<Wallet, 'invalid-nwc-uri'> {
  const connection = parseNwcUri(options.uri);
  if (!connection.ok) return connection;
  const closing = new AbortController();
  const signal =
    options.signal === undefined ? closing.signal : AbortSignal.any([closing.signal, options.signal]);
  const { secretKey, walletPubkey, relayUrls } = connection.value;
  const { relays, now } = options;
  const signer = (options.signerOf ?? secretKeySigner)(secretKey);
  const channel = openNwcChannel({ signer, walletPubkey, relayUrls, relays, now, signal });
  return success(nwcWallet(channel, { now, timeouts: options.timeouts ?? {}, close: () => closing.abort() }));
}

function nwcWallet(
  channel: NwcChannel,
  context: { readonly now: () => number; readonly timeouts: NwcTimeouts; readonly close: () => void },
): Wallet {
  const { callMs = CALL_TIMEOUT_MS, payMs = PAY_TIMEOUT_MS } = context.timeouts;
  const quick = (signal: AbortSignal | undefined) => ({ timeoutMs: callMs, signal });
  const readPayment = (transaction: JsonObject): PaymentRecord | null =>
    readTransaction(transaction, { now: context.now() });
  let known: WalletCapabilities | null = null;

  const capabilities: Wallet['capabilities'] = async (call) => {
    if (known !== null) return success(known);
    const info = await channel.request('get_info', {}, quick(call?.signal));
    if (!info.ok) return info;
    const read = readCapabilities(info.value);
    if (read.ok) known = read.value;
    return read;
  };

  return {
    capabilities,

    async balance(call) {
      const answer = await channel.request('get_balance', {}, quick(call?.signal));
      if (!answer.ok) return answer;
      const spendableMsat = readJsonMsat(answer.value['balance']);
      return spendableMsat === null ? senseless('get_balance') : success({ spendableMsat });
    },

    async makeInvoice({ amountMsat, description, descriptionHash, expirySeconds }, call) {
      const params = {
        amount: toJsonMsat(amountMsat),
        ...(description === undefined ? {} : { description }),
        ...(descriptionHash === undefined ? {} : { description_hash: descriptionHash }),
        expiry: expirySeconds,
      };
      const answer = await channel.request('make_invoice', params, quick(call?.signal));
      return answer.ok ? checkMade('make_invoice', readPayment(answer.value), { amountMsat }) : answer;
    },

    async makeHoldInvoice({ amountMsat, paymentHash, description, expirySeconds }, call) {
      const params = {
        amount: toJsonMsat(amountMsat),
        payment_hash: paymentHash,
        description,
        expiry: expirySeconds,
      };
      const answer = await channel.request('make_hold_invoice', params, quick(call?.signal));
      return answer.ok
        ? checkMade('make_hold_invoice', readPayment(answer.value), { amountMsat, paymentHash })
        : answer;
    },

    async settleHold({ preimage }, call) {
      const answer = await channel.request('settle_hold_invoice', { preimage }, quick(call?.signal));
      return answer.ok ? success(undefined) : answer;
    },

    async cancelHold({ paymentHash }, call) {
      const params = { payment_hash: paymentHash };
      const answer = await channel.request('cancel_hold_invoice', params, quick(call?.signal));
      return answer.ok ? success(undefined) : answer;
    },

    async pay({ bolt11 }, call) {
      const invoice = parseInvoice(bolt11);
      if (!invoice.ok)
        return failure('invalid-invoice', invoice.failure.message, { reason: invoice.failure.code });
      const wallet = await capabilities(call);
      if (!wallet.ok) return wallet;
      const { network, paymentHash } = invoice.value;
      if (network !== wallet.value.network)
        return failure(
          'wrong-network',
          `This wallet is on ${wallet.value.network}, the invoice on ${network}.`,
        );
      const answer = await channel.request(
        'pay_invoice',
        { invoice: bolt11 },
        { timeoutMs: payMs, signal: call?.signal },
      );
      if (!answer.ok) return answer;
      const preimage = answer.value['preimage'];
      const feePaidMsat = readJsonMsat(answer.value['fees_paid'] ?? 0);
      if (!isHex32(preimage) || !provesPayment(preimage, paymentHash) || feePaidMsat === null)
        return failure('wallet-timeout', 'The wallet’s answer proves no payment: look up what became of it.');
      return success({ preimage, feePaidMsat });
    },

    async lookup({ paymentHash }, call) {
      const params = { payment_hash: paymentHash };
      const answer = await channel.request('lookup_invoice', params, quick(call?.signal));
      if (!answer.ok) return answer.failure.code === 'wallet-not-found' ? success(null) : answer;
      const payment = readPayment(answer.value);
      return payment?.paymentHash === paymentHash ? success(payment) : senseless('lookup_invoice');
    },

    async list({ from, until, direction, limit = DEFAULT_LIST_LIMIT }, call) {
      const payments = new Map<string, PaymentRecord>();
      const wanted = Math.min(limit, MAX_LIST_LIMIT);
      for (let offset = 0; offset < wanted; offset += LIST_PAGE_SIZE) {
        const params = {
          ...(from === undefined ? {} : { from }),
          ...(until === undefined ? {} : { until }),
          ...(direction === undefined ? {} : { type: direction }),
          unpaid: true,
          limit: Math.min(LIST_PAGE_SIZE, wanted - offset),
          offset,
        };
        const answer = await channel.request('list_transactions', params, quick(call?.signal));
        if (!answer.ok) return answer;
        const page = answer.value['transactions'];
        if (!Array.isArray(page)) return senseless('list_transactions');
        for (const transaction of page.slice(0, params.limit).map(asJsonObject)) {
          const payment = transaction === null ? null : readPayment(transaction);
          if (payment === null) return senseless('list_transactions');
          payments.set(`${payment.direction}:${payment.paymentHash}`, payment);
        }
        if (page.length < params.limit) break;
      }
      return success([...payments.values()]);
    },

    subscribe: (listener, signal) => channel.listen(listener, signal),

    close: async () => context.close(),
  };
}

/** What a `get_info` answer promises. Anything but mainnet bitcoin is play money. */
function readCapabilities(info: JsonObject): WalletOutcome<WalletCapabilities> {
  const network = readNetwork(info['network']);
  if (network === null)
    return failure(
      'wrong-network',
      'The wallet does not say which Bitcoin network it is on, so it is not used.',
    );
  const methods = asList(info['methods']);
  const notifications = asList(info['notifications']);
  const hold = HOLD_METHODS.every((method) => methods.includes(method));
  return success({
    network,
    playMoney: network !== 'bitcoin',
    hold,
    choosePreimage: false,
    descriptionHash: true,
    notifications:
      notifications.includes('payment_received') &&
      (!hold || notifications.includes('hold_invoice_accepted')),
  });
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Our own wallet's invoice is checked too: one for another amount or hash would sell work for nothing. */
function checkMade(
  method: string,
  payment: PaymentRecord | null,
  asked: { readonly amountMsat: bigint; readonly paymentHash?: string },
): WalletOutcome<PaymentRecord> {
  const invoice = payment?.bolt11 ? parseInvoice(payment.bolt11) : null;
  if (payment === null || invoice === null || !invoice.ok) return senseless(method);
  const { paymentHash, amountMsat } = invoice.value;
  const isAsAsked =
    paymentHash === (asked.paymentHash ?? payment.paymentHash) &&
    paymentHash === payment.paymentHash &&
    amountMsat === asked.amountMsat &&
    payment.amountMsat === asked.amountMsat;
  return isAsAsked ? success(payment) : senseless(method);
}

function senseless(method: string): WalletOutcome<never> {
  return failure('wallet-internal', `The wallet’s answer to ${method} makes no sense: use another wallet.`, {
    method,
  });
}
