import type { Signer } from '../keys/index.ts';
import { failure, success, tagValues, type NostrEvent } from '../protocol/index.ts';
import type { PublishReceipt, RelayPool } from '../relays/index.ts';
import {
  asJsonObject,
  cipherOf,
  failureOfError,
  NOTIFICATION_TYPES,
  NWC_KINDS,
  offeredScheme,
  openJson,
  type JsonObject,
  type NwcMethod,
  type NwcScheme,
} from './nwc-protocol.ts';
import { readTransaction } from './nwc-payment.ts';
import type { WalletNotification, WalletOutcome } from './wallet.ts';

/** The sealed conversation with one NIP-47 wallet service: requests matched to answers, and notifications. */
export interface NwcChannel {
  /**
   * Asks the wallet and waits for its answer, which is taken once and only from the wallet, for this request.
   * `wallet-timeout` when none came in time or the signal aborted; `wallet-unreachable` when no relay took the
   * request. Both leave open whether the wallet acted.
   */
  request(
    method: NwcMethod,
    params: JsonObject,
    wait: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
  ): Promise<WalletOutcome<JsonObject>>;
  /** Hears of payments until the signal aborts. */
  listen(listener: (notification: WalletNotification) => void, signal: AbortSignal): void;
}

interface PendingRequest {
  readonly method: NwcMethod;
  readonly scheme: NwcScheme;
  readonly answer: (outcome: WalletOutcome<JsonObject>) => void;
}

/** Wallets' clocks may run behind ours: answers are subscribed to from so long ago. */
const CLOCK_SKEW_SECONDS = 600;
/** A request must not expire at a wallet whose clock runs ahead a little. */
const MIN_EXPIRATION_SECONDS = 60;
const PUBLISH_TIMEOUT_MS = 10_000;

/**
 * Opens the conversation: one subscription for all answers and notifications, which the pool keeps alive across
 * reconnects, until the signal aborts. The encryption follows the wallet's info event (kind 13194).
 */
export function openNwcChannel(channel: {
  readonly signer: Signer;
  readonly walletPubkey: string;
  readonly relayUrls: readonly string[];
  readonly relays: RelayPool;
  readonly now: () => number;
  readonly signal: AbortSignal;
}): NwcChannel {
  const { signer, walletPubkey, relayUrls, relays, now, signal: life } = channel;
  const pending = new Map<string, PendingRequest>();
  const listeners = new Set<(notification: WalletNotification) => void>();
  let negotiated: NwcScheme | null = null;

  const listening = subscribe();

  function subscribe(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { response, notificationNip04, notificationNip44 } = NWC_KINDS;
    const filter = {
      kinds: [response, notificationNip04, notificationNip44],
      authors: [walletPubkey],
      '#p': [signer.pubkey],
      since: now() - CLOCK_SKEW_SECONDS,
    };
    void relays
      .subscribe({
        relays: relayUrls,
        filters: [filter],
        onEvent: (event) => void receive(event),
        onEose: () => resolve(),
        signal: life,
      })
      .then(resolve);
    return promise;
  }

  /** The pool hands on only verified events that match the filter: from the wallet, to us. */
  async function receive(event: NostrEvent): Promise<void> {
    if (event.kind === NWC_KINDS.response) await receiveAnswer(event);
    else await receiveNotification(event);
  }

  async function receiveAnswer(event: NostrEvent): Promise<void> {
    const requestId = tagValues(event, 'e').find((id) => pending.has(id));
    const request = requestId === undefined ? undefined : pending.get(requestId);
    if (request === undefined) return; // late, repeated, or not an answer to us
    const answer = await openJson(cipherOf(signer, request.scheme), walletPubkey, event.content);
    if (answer === null || (answer['result_type'] ?? request.method) !== request.method) return;
    const error = asJsonObject(answer['error']);
    const result = asJsonObject(answer['result']);
    if (error !== null) request.answer(failureOfError(error));
    else if (result !== null) request.answer(success(result));
  }

  async function receiveNotification(event: NostrEvent): Promise<void> {
    if (listeners.size === 0) return;
    const scheme = event.kind === NWC_KINDS.notificationNip44 ? 'nip44_v2' : 'nip04';
    if (scheme !== (await negotiate(life))) return; // wallets send each notice once per scheme
    const message = await openJson(cipherOf(signer, scheme), walletPubkey, event.content);
    const notice = asJsonObject(message?.['notification']);
    const name = message?.['notification_type'];
    const type =
      typeof name === 'string' && Object.hasOwn(NOTIFICATION_TYPES, name)
        ? NOTIFICATION_TYPES[name]
        : undefined;
    if (notice === null || type === undefined) return;
    const unstated = type === 'held' ? 'accepted' : 'settled';
    const payment = readTransaction(notice, { now: now(), unstated });
    if (payment !== null) for (const listener of listeners) listener({ type, payment });
  }

  /** A wallet whose info event is not to be had is spoken to in NIP-44, and asked again next time. */
  async function negotiate(signal: AbortSignal): Promise<NwcScheme> {
    if (negotiated !== null) return negotiated;
    const filter = { kinds: [NWC_KINDS.info], authors: [walletPubkey], limit: 1 };
    const [info] = await relays.query(relayUrls, [filter], { signal });
    if (info !== undefined) negotiated = offeredScheme(info);
    return negotiated ?? 'nip44_v2';
  }

  async function seal(
    method: NwcMethod,
    params: JsonObject,
    timeoutMs: number,
    scheme: NwcScheme,
  ): Promise<NostrEvent> {
    const createdAt = now();
    const expiration = createdAt + Math.max(MIN_EXPIRATION_SECONDS, Math.ceil(timeoutMs / 1000));
    return signer.sign({
      kind: NWC_KINDS.request,
      created_at: createdAt,
      tags: [
        ['p', walletPubkey],
        ['encryption', scheme],
        ['expiration', String(expiration)],
      ],
      content: await cipherOf(signer, scheme).encrypt(walletPubkey, JSON.stringify({ method, params })),
    });
  }

  async function ask(
    method: NwcMethod,
    params: JsonObject,
    timeoutMs: number,
    deadline: AbortSignal,
  ): Promise<WalletOutcome<JsonObject>> {
    await listening;
    const scheme = await negotiate(deadline);
    const request = await seal(method, params, timeoutMs, scheme);
    if (deadline.aborted) return unanswered();
    const { promise, resolve } = Promise.withResolvers<WalletOutcome<JsonObject>>();
    pending.set(request.id, { method, scheme, answer: resolve });
    deadline.addEventListener('abort', () => pending.delete(request.id), { once: true });
    const publishTimeoutMs = Math.min(PUBLISH_TIMEOUT_MS, timeoutMs);
    const receipts = relays.publish(request, relayUrls, { signal: life, timeoutMs: publishTimeoutMs });
    const refused = receipts.then((all) => (all.some(isTaken) ? promise : unreachable(all)));
    return Promise.race([promise, refused]);
  }

  return {
    request: (method, params, { timeoutMs, signal }) =>
      life.aborted
        ? Promise.resolve(failure('wallet-unreachable', 'This wallet connection is closed: open it again.'))
        : underDeadline(
            [life, ...(signal === undefined ? [] : [signal])],
            timeoutMs,
            (deadline) => ask(method, params, timeoutMs, deadline),
            unanswered,
          ),
    listen: (listener, signal) => {
      if (signal.aborted) return;
      const registered = (notification: WalletNotification): void => listener(notification);
      listeners.add(registered);
      signal.addEventListener('abort', () => listeners.delete(registered), { once: true });
    },
  };
}

const isTaken = (receipt: PublishReceipt): boolean =>
  receipt.outcome === 'accepted' || receipt.outcome === 'duplicate';

function unreachable(receipts: readonly PublishReceipt[]): WalletOutcome<never> {
  return failure('wallet-unreachable', 'None of the wallet’s relays took the request: try again later.', {
    relays: receipts.map(({ relay, outcome }) => ({ relay, outcome })),
  });
}

function unanswered(): WalletOutcome<never> {
  return failure('wallet-timeout', 'The wallet did not answer in time: look up what became of the request.');
}

/** Runs the work until it is done, the time is up or a signal aborts; then its deadline signal aborts in any case. */
async function underDeadline<Result>(
  signals: readonly AbortSignal[],
  timeoutMs: number,
  work: (deadline: AbortSignal) => Promise<Result>,
  onExpiry: () => Result,
): Promise<Result> {
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), timeoutMs);
  const deadline = AbortSignal.any([end.signal, ...signals]);
  const expired = new Promise<Result>((resolve) => {
    if (deadline.aborted) resolve(onExpiry());
    deadline.addEventListener('abort', () => resolve(onExpiry()), { once: true });
  });
  try {
    return await Promise.race([expired, work(deadline)]);
  } finally {
    clearTimeout(timer);
    end.abort();
  }
}
