import { isHex32, msat, parseInvoice, type Msat } from '../protocol/index.ts';
import type { BudgetState } from './connections/budget.ts';
import type { ClientWallet } from './connections/scoped-wallet.ts';
import { readJsonMsat, toJsonMsat, toTransaction } from './nwc-payment.ts';
import {
  CONNECTION_METHODS,
  errorOfFailure,
  HOLD_METHODS,
  LIST_PAGE_SIZE,
  NOTIFICATION_TYPES,
  NWC_METHODS,
  type JsonObject,
  type NwcMethod,
} from './nwc-protocol.ts';
import type { WalletCall, WalletCapabilities, WalletFailureCode, WalletOutcome } from './wallet.ts';

/** What a wallet service answers to a request: a result, an error of NIP-47, or nothing where nothing true can be said. */
export type NwcAnswer =
  | { readonly result: JsonObject }
  | { readonly error: { readonly code: string; readonly message: string } }
  | null;

/** What a client may ask and hears: of what the wallet can do, that which its connection allows. */
export interface ServedAbilities {
  readonly methods: readonly NwcMethod[];
  /** Notification types. */
  readonly notifications: readonly string[];
}

/** Notifications tell about payments that a client with one of these methods can have. */
const METHODS_OF_NOTIFICATION: Readonly<Record<string, readonly NwcMethod[]>> = {
  payment_received: ['make_invoice', 'make_hold_invoice'],
  payment_sent: ['pay_invoice'],
  hold_invoice_accepted: ['make_hold_invoice'],
};

/** What of a wallet's abilities a connection gives its client; `allowed` are its methods, all unless told. */
export function servedAbilities(
  wallet: WalletCapabilities,
  allowed: readonly NwcMethod[] = NWC_METHODS,
): ServedAbilities {
  const methods = NWC_METHODS.filter(
    (method) =>
      (wallet.hold || !HOLD_METHODS.includes(method)) &&
      (allowed.includes(method) || CONNECTION_METHODS.includes(method)),
  );
  const hears = (type: string) =>
    METHODS_OF_NOTIFICATION[type]?.some((method) => methods.includes(method)) ?? false;
  return {
    methods,
    notifications: wallet.notifications ? Object.keys(NOTIFICATION_TYPES).filter(hears) : [],
  };
}

/** Makes an error answer. */
export function nwcError(code: string, message: string): NwcAnswer {
  return { error: { code, message } };
}

/** A request that may be carried out, and the connection it came through. */
export interface PermittedRequest {
  readonly method: NwcMethod;
  /** From outside: each method checks its own. */
  readonly params: JsonObject;
  readonly abilities: ServedAbilities;
  readonly budget: () => Promise<BudgetState | null>;
}

/** Carries one request out on the wallet, as far as the connection reaches. */
export function callWallet(
  wallet: ClientWallet,
  request: PermittedRequest,
  call: WalletCall,
): Promise<NwcAnswer> {
  return METHODS[request.method](wallet, request.params, call, request);
}

type Method = (
  wallet: ClientWallet,
  params: JsonObject,
  call: WalletCall,
  request: PermittedRequest,
) => Promise<NwcAnswer>;

const DEFAULT_EXPIRY_SECONDS = 3_600;
const MAX_EXPIRY_SECONDS = 31_536_000;
const MAX_DESCRIPTION_CHARS = 639;
/** How far back `offset` reaches. */
const MAX_LISTED = 1_000;

const METHODS: Readonly<Record<NwcMethod, Method>> = {
  async get_info(wallet, _params, call, { abilities }) {
    return answer(await wallet.capabilities(call), (capabilities) => ({
      alias: capabilities.playMoney ? 'coinop play money' : 'coinop wallet',
      network: capabilities.network === 'bitcoin' ? 'mainnet' : capabilities.network,
      ...abilities,
    }));
  },

  async get_budget(_wallet, _params, _call, { budget }) {
    const state = await budget();
    if (state === null) return { result: {} };
    return {
      result: {
        used_budget: toJsonMsat(state.usedMsat),
        total_budget: toJsonMsat(state.totalMsat),
        ...(state.renewsAt === null ? {} : { renews_at: state.renewsAt }),
        renewal_period: state.renewal,
      },
    };
  },

  async get_balance(wallet, _params, call) {
    return answer(await wallet.balance(call), ({ spendableMsat }) => ({
      balance: toJsonMsat(spendableMsat),
    }));
  },

  async make_invoice(wallet, params, call) {
    const asked = readInvoiceParams(params);
    const descriptionHash = params['description_hash'] ?? null;
    if (asked === null || (descriptionHash !== null && !isHex32(descriptionHash)))
      return INVALID_INVOICE_PARAMS;
    const { description, ...invoice } = asked;
    const made = await wallet.makeInvoice(
      descriptionHash === null ? asked : { ...invoice, descriptionHash },
      call,
    );
    return answer(made, (payment) => ({
      ...toTransaction(payment),
      ...(descriptionHash === null ? { description } : { description_hash: descriptionHash }),
      expires_at: payment.createdAt + asked.expirySeconds,
    }));
  },

  async make_hold_invoice(wallet, params, call) {
    const asked = readInvoiceParams(params);
    const paymentHash = params['payment_hash'];
    if (asked === null || !isHex32(paymentHash)) return INVALID_INVOICE_PARAMS;
    if ((params['description_hash'] ?? params['min_cltv_expiry_delta'] ?? null) !== null)
      return nwcError(
        'NOT_IMPLEMENTED',
        'Hold invoices take neither description_hash nor min_cltv_expiry_delta here.',
      );
    const made = await wallet.makeHoldInvoice({ ...asked, paymentHash }, call);
    return answer(made, (payment) => ({
      ...toTransaction(payment),
      description: asked.description,
      expires_at: payment.createdAt + asked.expirySeconds,
    }));
  },

  async settle_hold_invoice(wallet, params, call) {
    const { preimage } = params;
    if (!isHex32(preimage)) return nwcError('OTHER', 'preimage must be 64 hex characters.');
    return answer(await wallet.settleHold({ preimage }, call), () => ({}));
  },

  async cancel_hold_invoice(wallet, params, call) {
    const paymentHash = params['payment_hash'];
    if (!isHex32(paymentHash)) return nwcError('OTHER', 'payment_hash must be 64 hex characters.');
    return answer(await wallet.cancelHold({ paymentHash }, call), () => ({}));
  },

  async pay_invoice(wallet, params, call) {
    const bolt11 = params['invoice'];
    const invoice = typeof bolt11 === 'string' ? parseInvoice(bolt11) : null;
    if (typeof bolt11 !== 'string' || !invoice?.ok)
      return nwcError('PAYMENT_FAILED', 'invoice must be a valid BOLT11 invoice.');
    const { amountMsat } = invoice.value;
    if (amountMsat === null)
      return nwcError('PAYMENT_FAILED', 'Only invoices that state their amount are paid.');
    if ((params['amount'] ?? null) !== null && readJsonMsat(params['amount']) !== amountMsat)
      return nwcError('PAYMENT_FAILED', 'amount differs from the amount of the invoice.');
    const paid = await wallet.pay({ bolt11, feeLimitMsat: feeLimit(amountMsat) }, call);
    if (!paid.ok && OPEN_OUTCOMES.has(paid.failure.code)) return null;
    if (!paid.ok && (paid.failure.code === 'invalid-invoice' || paid.failure.code === 'wrong-network'))
      return nwcError('PAYMENT_FAILED', paid.failure.message);
    return answer(paid, ({ preimage, feePaidMsat }) => ({ preimage, fees_paid: toJsonMsat(feePaidMsat) }));
  },

  async lookup_invoice(wallet, params, call) {
    const paymentHash = readPaymentHash(params);
    if (paymentHash === null)
      return nwcError('OTHER', 'Give payment_hash (64 hex characters) or invoice (BOLT11).');
    const found = await wallet.lookup({ paymentHash }, call);
    if (found.ok && found.value === null)
      return nwcError('NOT_FOUND', 'This wallet has not seen that payment.');
    return answer(found, (payment) => (payment === null ? {} : toTransaction(payment)));
  },

  async list_transactions(wallet, params, call) {
    const from = readCount(params['from']);
    const until = readCount(params['until']);
    const limit = readCount(params['limit']) ?? LIST_PAGE_SIZE;
    const offset = readCount(params['offset']) ?? 0;
    const { type } = params;
    const direction = type === 'incoming' || type === 'outgoing' ? type : null;
    const listed = await wallet.list(
      {
        ...(from === null ? {} : { from }),
        ...(until === null ? {} : { until }),
        ...(direction === null ? {} : { direction }),
        limit: MAX_LISTED,
      },
      call,
    );
    return answer(listed, (payments) => ({
      transactions: payments
        .filter((payment) => params['unpaid'] === true || payment.state === 'settled')
        .slice(offset, offset + Math.min(limit, LIST_PAGE_SIZE))
        .map(toTransaction),
    }));
  },
};

/** After these a payment may still succeed. NIP-47 has no word for that, so silence is the only true answer. */
const OPEN_OUTCOMES: ReadonlySet<WalletFailureCode> = new Set(['wallet-timeout', 'wallet-unreachable']);

const INVALID_INVOICE_PARAMS = nwcError(
  'OTHER',
  `amount must be whole millisatoshis, expiry at most ${MAX_EXPIRY_SECONDS} seconds, description at most ${MAX_DESCRIPTION_CHARS} characters, hashes 64 hex characters.`,
);

function answer<Value>(outcome: WalletOutcome<Value>, result: (value: Value) => JsonObject): NwcAnswer {
  return outcome.ok
    ? { result: result(outcome.value) }
    : nwcError(errorOfFailure(outcome.failure.code), outcome.failure.message);
}

function readInvoiceParams(params: JsonObject): {
  readonly amountMsat: Msat;
  readonly description: string;
  readonly expirySeconds: number;
} | null {
  const amountMsat = readJsonMsat(params['amount']);
  const description = params['description'] ?? '';
  const expirySeconds = readCount(params['expiry'] ?? DEFAULT_EXPIRY_SECONDS);
  if (amountMsat === null || amountMsat === 0n) return null;
  if (typeof description !== 'string' || description.length > MAX_DESCRIPTION_CHARS) return null;
  if (expirySeconds === null || expirySeconds === 0 || expirySeconds > MAX_EXPIRY_SECONDS) return null;
  return { amountMsat, description, expirySeconds };
}

function readPaymentHash(params: JsonObject): string | null {
  if (isHex32(params['payment_hash'])) return params['payment_hash'];
  const invoice = typeof params['invoice'] === 'string' ? parseInvoice(params['invoice']) : null;
  return invoice?.ok ? invoice.value.paymentHash : null;
}

function readCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** NIP-47 requests carry no fee limit: ours is the default of LDK, 1 % and 50 sat. */
function feeLimit(amountMsat: Msat): Msat {
  return msat(amountMsat / 100n + 50_000n);
}
