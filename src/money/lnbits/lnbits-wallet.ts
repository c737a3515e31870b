import { failure, isHex32, success, type LightningNetwork, type Outcome } from '../../protocol/index.ts';
import { readPayable, recordOfMade } from '../invoice-terms.ts';
import { readJsonMsat } from '../nwc-payment.ts';
import { asJsonObject } from '../nwc-protocol.ts';
import type { PaymentRecord, Wallet, WalletCall, WalletOutcome } from '../wallet.ts';
import {
  connectWalletServer,
  parseWalletUrl,
  type ServerRequest,
  type ServerWait,
  type WalletFetch,
  type WalletServer,
} from '../wallet-server.ts';
import { callLnbits } from './lnbits-api.ts';
import { listLnbits } from './lnbits-list.ts';
import { listenToLnbits } from './lnbits-notices.ts';
import { payThroughLnbits } from './lnbits-payments.ts';
import { readLnbitsPayment } from './lnbits-records.ts';

/** Why a wallet could not be opened on LNbits. */
export type LnbitsOptionsCode = 'invalid-wallet-url' | 'invalid-api-key';

/** LNbits on LND watches a payment under way for 30 s before it answers what became of it. */
const CALL_TIMEOUT_MS = 35_000;
const PAY_TIMEOUT_MS = 60_000;
const MSAT_PER_SAT = 1_000n;

/**
 * Opens a wallet of an LNbits server (1.5 or later; checked with 1.6.2) over its API. It makes invoices of whole sats only. LNbits never
 * says that a hold invoice was paid and awaits its settlement, so what holds rest on does not work through it: they
 * are `not-implemented` here, whatever its funding source; paying hold invoices of others works. LNbits does not tell
 * its network, so the caller states it, and an invoice of another is refused. No failure repeats the key or the address.
 */
export function openLnbitsWallet(options: {
  /** Where LNbits serves, such as `https://lnbits.example`. */
  readonly url: string;
  /** The wallet's admin key, which can spend; with its invoice key everything but paying works. */
  readonly apiKey: string;
  readonly network: LightningNetwork;
  /** Unix seconds. */
  readonly now: () => number;
  /** How long calls wait in milliseconds: all but paying 35 s unless told, paying 60 s. */
  readonly timeouts?: { readonly callMs?: number; readonly payMs?: number };
  /** Sends the requests; `fetch` unless told. Notices come over `WebSocket`, whatever is told here. */
  readonly fetch?: WalletFetch;
  /** Closes the wallet when it aborts. */
  readonly signal?: AbortSignal;
}): Outcome<Wallet, LnbitsOptionsCode> {
  const url = parseWalletUrl(options.url);
  if (!url.ok) return url;
  const { apiKey, timeouts = {} } = options;
  if (!/^[0-9a-z]{16,128}$/i.test(apiKey))
    return failure('invalid-api-key', 'Give the key as the wallet’s page of LNbits shows it.');
  const closing = new AbortController();
  const signal =
    options.signal === undefined ? closing.signal : AbortSignal.any([closing.signal, options.signal]);
  const server = connectWalletServer({
    url: url.value,
    headers: { 'x-api-key': apiKey },
    fetch: options.fetch,
    signal,
  });
  return success(
    lnbitsWallet(server, {
      network: options.network,
      now: options.now,
      socketUrl: `${url.value.replace(/^http/, 'ws')}/api/v1/ws/${apiKey}`,
      callMs: timeouts.callMs ?? CALL_TIMEOUT_MS,
      payMs: timeouts.payMs ?? PAY_TIMEOUT_MS,
      signal,
      close: () => closing.abort(),
    }),
  );
}

function lnbitsWallet(
  server: WalletServer,
  context: {
    readonly network: LightningNetwork;
    readonly now: () => number;
    readonly socketUrl: string;
    readonly callMs: number;
    readonly payMs: number;
    readonly signal: AbortSignal;
    readonly close: () => void;
  },
): Wallet {
  const { network, now } = context;
  const quick = (call: WalletCall | undefined): ServerWait => ({
    timeoutMs: context.callMs,
    signal: call?.signal,
  });
  const ask = (request: ServerRequest, wait: ServerWait) => callLnbits(server, request, wait);

  /** The wallet of the key. LNbits says 404 when it has none. */
  const readWallet = async (wait: ServerWait) => {
    const answer = await ask({ path: '/api/v1/wallet' }, wait);
    return !answer.ok && answer.failure.code === 'wallet-not-found' ? unknownKey() : answer;
  };

  const lookup = async (
    paymentHash: string,
    wait: ServerWait,
  ): Promise<WalletOutcome<PaymentRecord | null>> => {
    const answer = await ask({ path: `/api/v1/payments/${paymentHash}` }, wait);
    if (!answer.ok && answer.failure.code === 'wallet-not-found') {
      // An unknown key gets the same answer as an unknown payment.
      const wallet = await readWallet(wait);
      return wallet.ok ? success(null) : wallet;
    }
    if (!answer.ok) return answer;
    const details = asJsonObject(answer.value['details']);
    if (details === null) return unknownKey(); // LNbits tells strangers whether a payment was made, and no more
    const record = readLnbitsPayment(details, now());
    return record?.paymentHash === paymentHash ? success(record) : senseless('payment');
  };

  return {
    async capabilities(call) {
      const wallet = await readWallet(quick(call));
      if (!wallet.ok) return wallet;
      return success({
        network,
        playMoney: network !== 'bitcoin',
        hold: false,
        choosePreimage: false,
        descriptionHash: true,
        notifications: true,
      });
    },

    async balance(call) {
      const wallet = await readWallet(quick(call));
      if (!wallet.ok) return wallet;
      const spendableMsat = readJsonMsat(wallet.value['balance']);
      return spendableMsat === null ? senseless('balance') : success({ spendableMsat });
    },

    async makeInvoice({ amountMsat, description, descriptionHash, expirySeconds }, call) {
      if (amountMsat % MSAT_PER_SAT !== 0n)
        return failure('invalid-invoice', 'LNbits makes invoices of whole sats only: round the amount.', {
          reason: 'fractional-sats',
        });
      const body = {
        out: false,
        amount: Number(amountMsat / MSAT_PER_SAT),
        unit: 'sat',
        expiry: expirySeconds,
        ...(descriptionHash === undefined
          ? { memo: description ?? '' }
          : { description_hash: descriptionHash }),
      };
      const answer = await ask({ path: '/api/v1/payments', body }, quick(call));
      if (!answer.ok) return NOT_MADE.has(answer.failure.code) ? notMade(answer.failure.data) : answer;
      const asked = { amountMsat, network, ...(descriptionHash === undefined ? {} : { descriptionHash }) };
      const made = recordOfMade(answer.value['bolt11'], asked);
      if (!made.ok) return made;
      const record = readLnbitsPayment(answer.value, now());
      return record?.paymentHash === made.value.paymentHash ? success(record) : senseless('invoice');
    },

    makeHoldInvoice: () => Promise.resolve(cannotHold()),
    settleHold: () => Promise.resolve(cannotHold()),
    cancelHold: () => Promise.resolve(cannotHold()),

    async pay({ bolt11, feeLimitMsat }, call) {
      const invoice = readPayable(bolt11, network);
      if (!invoice.ok) return invoice;
      return payThroughLnbits(
        { call: ask, lookup, now },
        { invoice: invoice.value, feeLimitMsat },
        { callMs: context.callMs, payMs: context.payMs, signal: call?.signal },
      );
    },

    lookup: async ({ paymentHash }, call) =>
      isHex32(paymentHash) ? lookup(paymentHash, quick(call)) : success(null),

    list: (query, call) => listLnbits((request) => ask(request, quick(call)), query, now()),

    subscribe: (listener, signal) =>
      listenToLnbits({
        socketUrl: context.socketUrl,
        listener,
        now,
        signal: AbortSignal.any([signal, context.signal]),
      }),

    close: async () => context.close(),
  };
}

/** How LNbits' refusals to make an invoice are coded. */
const NOT_MADE: ReadonlySet<string> = new Set(['payment-failed', 'wallet-internal']);

function notMade(data: Readonly<Record<string, unknown>> | undefined) {
  return failure('invalid-invoice', 'LNbits refused to make the invoice: see its words.', data);
}

function unknownKey() {
  return failure('wallet-unauthorized', 'LNbits has no wallet of that key: copy the key again.');
}

function cannotHold() {
  return failure(
    'not-implemented',
    'LNbits does not tell when held money arrives: sell with another exchange mode, or use another wallet.',
  );
}

function senseless(what: string) {
  return failure('wallet-internal', `LNbits’ answer about the ${what} makes no sense: check its version.`);
}
