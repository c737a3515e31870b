import type { Wallet, WalletCall, WalletCapabilities, WalletNotification } from '../money/index.ts';
import { failure, success } from '../protocol/index.ts';
import type { BankLink, CallWait } from './bank-link.ts';
import type { CallName, CallOutcome, CallParams } from './calls.ts';

/** How long the bank may take for everything but payments, which end when their payee says so. */
const CALL_TIMEOUT_MS = 15_000;
const DEFAULT_LIST_LENGTH = 100;
const MAX_LIST_LENGTH = 1_000;

const CAPABILITIES: WalletCapabilities = {
  network: 'regtest',
  playMoney: true,
  hold: true,
  choosePreimage: true,
  descriptionHash: true,
  notifications: true,
};

/** Hears a role's notifications. */
export type NotificationListener = (notification: WalletNotification) => void;

/** A role's wallet. Closing it ends its subscriptions and calls, not the bank. */
export function bankWallet(from: {
  readonly role: string;
  readonly link: BankLink;
  /** Listens to the role until the returned function is called. */
  readonly listen: (listener: NotificationListener) => () => void;
}): Wallet {
  const { role, link, listen } = from;
  const closing = new AbortController();

  async function call<Name extends CallName>(
    name: Name,
    params: CallParams<Name>,
    wait: CallWait,
  ): Promise<CallOutcome<Name>> {
    if (closing.signal.aborted)
      return failure('wallet-unreachable', 'This wallet was closed: take a new one from the bank.');
    const signal =
      wait.signal === undefined ? closing.signal : AbortSignal.any([wait.signal, closing.signal]);
    return link.call(name, params, { ...wait, signal });
  }

  return {
    capabilities: async () => success(CAPABILITIES),
    balance: (options) => call('balance', { role }, bounded(options)),
    makeInvoice: ({ amountMsat, description, descriptionHash, expirySeconds }, options) =>
      call(
        'makeInvoice',
        {
          role,
          amountMsat,
          expirySeconds,
          description:
            descriptionHash === undefined ? { text: description ?? '' } : { sha256: descriptionHash },
          paymentHash: null,
        },
        bounded(options),
      ),
    makeHoldInvoice: ({ amountMsat, paymentHash, description, expirySeconds }, options) =>
      call(
        'makeInvoice',
        { role, amountMsat, expirySeconds, description: { text: description }, paymentHash },
        bounded(options),
      ),
    settleHold: ({ preimage }, options) => call('settleHold', { role, preimage }, bounded(options)),
    cancelHold: ({ paymentHash }, options) => call('cancelHold', { role, paymentHash }, bounded(options)),
    pay: ({ bolt11, feeLimitMsat }, options) =>
      call('pay', { role, bolt11, feeLimitMsat }, { signal: options?.signal }),
    lookup: ({ paymentHash }, options) => call('lookup', { role, paymentHash }, bounded(options)),
    list: (query, options) =>
      call(
        'list',
        {
          role,
          from: Math.ceil(query.from ?? 0),
          until: Math.floor(query.until ?? Number.MAX_SAFE_INTEGER),
          direction: query.direction ?? null,
          limit: Math.min(Math.max(Math.floor(query.limit ?? DEFAULT_LIST_LENGTH), 0), MAX_LIST_LENGTH),
        },
        bounded(options),
      ),
    subscribe: (listener, signal) => {
      const ended = AbortSignal.any([signal, closing.signal]);
      if (ended.aborted) return;
      ended.addEventListener('abort', listen(listener), { once: true });
    },
    close: async () => closing.abort(),
  };
}

function bounded(options: WalletCall | undefined): CallWait {
  return { signal: options?.signal, timeoutMs: CALL_TIMEOUT_MS };
}
