import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { failure, isHex32, parseMsat, success, type Outcome } from '../../protocol/index.ts';
import { readPayable, recordOfMade } from '../invoice-terms.ts';
import { asJsonObject, readNetwork, type JsonObject } from '../nwc-protocol.ts';
import type { PaymentRecord, Wallet, WalletCall, WalletCapabilities, WalletOutcome } from '../wallet.ts';
import { connectWalletServer, parseWalletUrl, type ServerWait, type WalletFetch } from '../wallet-server.ts';
import { lndApi, toBase64, type LndApi } from './lnd-api.ts';
import { listLnd } from './lnd-list.ts';
import { listenToLnd } from './lnd-notices.ts';
import { lookupSent, payThroughRouter } from './lnd-payments.ts';
import { objects, readInvoice } from './lnd-records.ts';

/** Why a wallet could not be opened on an LND node. */
export type LndOptionsCode = 'invalid-wallet-url' | 'invalid-macaroon';

const CALL_TIMEOUT_MS = 15_000;
const PAY_TIMEOUT_MS = 60_000;
const MAX_MACAROON_CHARS = 4_096;

/**
 * Opens the wallet of an LND node over its REST API (0.16 or later; checked with 0.21). The macaroon must be allowed
 * `info:read`, `offchain:read`, `offchain:write`, `invoices:read` and `invoices:write`. Nothing is asked before the
 * first call. The balance is what the channels hold on our side, reserves included. Notices of a held payment come
 * for up to 200 open hold invoices at once. No failure repeats the macaroon or the address.
 */
export function openLndWallet(options: {
  /** Where LND serves REST, such as `https://127.0.0.1:8080`. */
  readonly url: string;
  /** The macaroon's bytes in hex; whoever has it can spend. */
  readonly macaroonHex: string;
  /** Unix seconds. */
  readonly now: () => number;
  /** How long calls wait in milliseconds: all but paying 15 s unless told, paying 60 s. */
  readonly timeouts?: { readonly callMs?: number; readonly payMs?: number };
  /** Sends the requests; `fetch` unless told. LND signs its own certificate: see `fetchTrusting`. */
  readonly fetch?: WalletFetch;
  /** Closes the wallet when it aborts. */
  readonly signal?: AbortSignal;
}): Outcome<Wallet, LndOptionsCode> {
  const url = parseWalletUrl(options.url);
  if (!url.ok) return url;
  const { macaroonHex, timeouts = {} } = options;
  if (macaroonHex.length > MAX_MACAROON_CHARS || !/^(?:[0-9a-f]{2})+$/i.test(macaroonHex))
    return failure('invalid-macaroon', 'Give the macaroon file’s bytes as hex characters.');
  const closing = new AbortController();
  const signal =
    options.signal === undefined ? closing.signal : AbortSignal.any([closing.signal, options.signal]);
  const server = connectWalletServer({
    url: url.value,
    headers: { 'grpc-metadata-macaroon': macaroonHex },
    fetch: options.fetch,
    signal,
  });
  return success(
    lndWallet(lndApi(server), {
      now: options.now,
      callMs: timeouts.callMs ?? CALL_TIMEOUT_MS,
      payMs: timeouts.payMs ?? PAY_TIMEOUT_MS,
      signal,
      close: () => closing.abort(),
    }),
  );
}

function lndWallet(
  api: LndApi,
  context: {
    readonly now: () => number;
    readonly callMs: number;
    readonly payMs: number;
    readonly signal: AbortSignal;
    readonly close: () => void;
  },
): Wallet {
  const { now } = context;
  const quick = (call: WalletCall | undefined): ServerWait => ({
    timeoutMs: context.callMs,
    signal: call?.signal,
  });
  let known: WalletCapabilities | null = null;

  const capabilities: Wallet['capabilities'] = async (call) => {
    if (known !== null) return success(known);
    const info = await api.call({ path: '/v1/getinfo' }, quick(call));
    if (!info.ok) return info;
    const read = readCapabilities(info.value);
    if (read.ok) known = read.value;
    return read;
  };

  const lookupReceived = async (
    paymentHash: string,
    call: WalletCall | undefined,
  ): Promise<WalletOutcome<PaymentRecord | null>> => {
    const answer = await api.call({ path: `/v1/invoice/${paymentHash}` }, quick(call));
    if (!answer.ok) return answer.failure.code === 'wallet-not-found' ? success(null) : answer;
    const record = readInvoice(answer.value, now());
    return record?.paymentHash === paymentHash ? success(record) : senseless('invoice');
  };

  /** Makes a refusal of LND tell what stands in the way: its own words have no code. */
  const explainHold = async (
    refusal: WalletOutcome<JsonObject> & { readonly ok: false },
    hold: { readonly paymentHash: string; readonly done: PaymentRecord['state'] },
    call: WalletCall | undefined,
  ): Promise<WalletOutcome<void>> => {
    if (refusal.failure.code !== 'wallet-internal' && refusal.failure.code !== 'wallet-not-found')
      return refusal;
    const found = await lookupReceived(hold.paymentHash, call);
    if (!found.ok) return found;
    if (found.value === null)
      return failure(
        'wallet-not-found',
        'This wallet made no invoice for that hash: check which wallet it was.',
      );
    const { state, paymentHash } = found.value;
    return state === hold.done
      ? success(undefined)
      : failure('payment-failed', `The invoice is ${state}: this cannot be done any more, or not yet.`, {
          state,
          paymentHash,
        });
  };

  const make = async (
    path: string,
    terms: JsonObject,
    asked: Omit<Parameters<typeof recordOfMade>[1], 'network'>,
    call: WalletCall | undefined,
  ): Promise<WalletOutcome<PaymentRecord>> => {
    const wallet = await capabilities(call);
    if (!wallet.ok) return wallet;
    // `private` adds the route hints that a node without public channels needs.
    const body = { ...terms, value_msat: asked.amountMsat.toString(), private: true };
    const answer = await api.call({ path, body }, quick(call));
    if (!answer.ok)
      return answer.failure.code === 'wallet-internal'
        ? failure('invalid-invoice', 'LND refused to make the invoice: see its words.', answer.failure.data)
        : answer;
    return recordOfMade(answer.value['payment_request'], { ...asked, network: wallet.value.network });
  };

  return {
    capabilities,

    async balance(call) {
      const answer = await api.call({ path: '/v1/balance/channels' }, quick(call));
      if (!answer.ok) return answer;
      const local = asJsonObject(answer.value['local_balance'])?.['msat'];
      const spendableMsat = typeof local === 'string' ? parseMsat(local) : null;
      return spendableMsat === null ? senseless('balance') : success({ spendableMsat });
    },

    async makeInvoice({ amountMsat, description, descriptionHash, expirySeconds }, call) {
      if (descriptionHash !== undefined && !isHex32(descriptionHash)) return notHex32('description hash');
      const terms = {
        expiry: String(expirySeconds),
        ...(descriptionHash === undefined
          ? { memo: description ?? '' }
          : { description_hash: toBase64(descriptionHash) }),
      };
      const asked = { amountMsat, ...(descriptionHash === undefined ? {} : { descriptionHash }) };
      return make('/v1/invoices', terms, asked, call);
    },

    async makeHoldInvoice({ amountMsat, paymentHash, description, expirySeconds }, call) {
      if (!isHex32(paymentHash)) return notHex32('payment hash');
      const terms = { memo: description, hash: toBase64(paymentHash), expiry: String(expirySeconds) };
      return make('/v2/invoices/hodl', terms, { amountMsat, paymentHash }, call);
    },

    async settleHold({ preimage }, call) {
      if (!isHex32(preimage)) return failure('payment-failed', 'Give the preimage as 64 hex characters.');
      const body = { preimage: toBase64(preimage) };
      const answer = await api.call({ path: '/v2/invoices/settle', body }, quick(call));
      const paymentHash = bytesToHex(sha256(hexToBytes(preimage)));
      return answer.ok ? success(undefined) : explainHold(answer, { paymentHash, done: 'settled' }, call);
    },

    async cancelHold({ paymentHash }, call) {
      if (!isHex32(paymentHash)) return notHex32('payment hash');
      const body = { payment_hash: toBase64(paymentHash) };
      const answer = await api.call({ path: '/v2/invoices/cancel', body }, quick(call));
      return answer.ok ? success(undefined) : explainHold(answer, { paymentHash, done: 'canceled' }, call);
    },

    async pay({ bolt11, feeLimitMsat }, call) {
      const wallet = await capabilities(call);
      if (!wallet.ok) return wallet;
      const invoice = readPayable(bolt11, wallet.value.network);
      if (!invoice.ok) return invoice;
      const wait = { timeoutMs: context.payMs, signal: call?.signal };
      return payThroughRouter(api, { invoice: invoice.value, feeLimitMsat }, wait);
    },

    async lookup({ paymentHash }, call) {
      if (!isHex32(paymentHash)) return success(null);
      const received = await lookupReceived(paymentHash, call);
      return !received.ok || received.value !== null ? received : lookupSent(api, paymentHash, quick(call));
    },

    list: (query, call) => listLnd(api, query, now(), quick(call)),

    subscribe: (listener, signal) =>
      listenToLnd(api, { listener, now, signal: AbortSignal.any([signal, context.signal]) }),

    close: async () => context.close(),
  };
}

function readCapabilities(info: JsonObject): WalletOutcome<WalletCapabilities> {
  const [chain] = objects(info['chains']);
  const told = chain?.['network'];
  const network = readNetwork(told === 'testnet4' ? 'testnet' : told);
  if (network === null)
    return failure(
      'wrong-network',
      'LND names no Bitcoin network that invoices are known of, so it is not used.',
    );
  return success({
    network,
    playMoney: network !== 'bitcoin',
    hold: true,
    choosePreimage: false,
    descriptionHash: true,
    notifications: true,
  });
}

function notHex32(what: string) {
  return failure('invalid-invoice', `Give the ${what} as 64 lower-case hex characters.`);
}

function senseless(what: string): WalletOutcome<never> {
  return failure('wallet-internal', `LND’s answer about the ${what} makes no sense: check its version.`);
}
