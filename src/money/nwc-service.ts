import { secretKeySigner, type Signer } from '../keys/index.ts';
import type { NostrEvent } from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import type { NwcConnections } from './connections/contract.ts';
import { openPaymentDesk } from './connections/payment-desk.ts';
import { NWC_KINDS } from './nwc-protocol.ts';
import { createRequestGate, REQUEST_WINDOW_SECONDS } from './nwc-request-gate.ts';
import { openNwcSession, type NwcSession } from './nwc-session.ts';
import { createTaskLimit } from './task-limit.ts';
import type { Wallet, WalletNotification } from './wallet.ts';

const CALLS = { running: 32, waiting: 2_000 };
const PUBLISH_TIMEOUT_MS = 10_000;
/** How often payments whose end nobody waits for are asked about. */
const FOLLOW_EVERY_MS = 60_000;

/**
 * Serves a wallet over Nostr Wallet Connect (NIP-47) to all its connections, over one subscription: info events,
 * requests in their own encryption, notifications in both. Each request event is carried out once; expired, old
 * and unknown clients' requests are ignored, and so is what exceeds the bounded line. A payment is answered when
 * it is decided, however late, and not at all when its outcome stays open; its budget stays reserved until the
 * wallet says how it ended. Connections that are handed out or ended meanwhile are noticed. Resolves once clients
 * can be answered; throws when the wallet does not say what it can do.
 */
export async function serveNwc(service: {
  readonly wallet: Wallet;
  readonly relays: RelayPool;
  readonly relayUrls: readonly string[];
  readonly connections: NwcConnections;
  /** Unix seconds. */
  readonly now: () => number;
  /** Makes the signer of a connection's wallet key; the portable one unless told, servers pass a faster one. */
  readonly signerOf?: (secretKey: Uint8Array) => Signer;
  /** Hears of broken storage; what it interrupted is not answered. Without it, it surfaces as an unhandled rejection. */
  readonly onTrouble?: (error: unknown) => void;
  readonly signal?: AbortSignal;
}): Promise<{ readonly close: () => Promise<void> }> {
  const { wallet, relays, relayUrls, connections, now, signerOf = secretKeySigner, onTrouble } = service;
  const closing = new AbortController();
  const signal =
    service.signal === undefined ? closing.signal : AbortSignal.any([closing.signal, service.signal]);
  const capabilities = await wallet.capabilities({ signal });
  if (!capabilities.ok) throw new Error(`The wallet cannot be served: ${capabilities.failure.message}`);

  const guarded = (task: () => Promise<void>) => (): Promise<void> =>
    onTrouble === undefined ? task() : task().catch(onTrouble);
  const calls = createTaskLimit(CALLS);
  const run = (task: () => Promise<void>): boolean => calls.run(guarded(task));
  const desk = openPaymentDesk({ wallet, payments: connections.payments, now });
  const sessions = new Map<string, NwcSession>();
  const admit = createRequestGate({ served: (clientPubkey) => sessions.get(clientPubkey), now });
  const publish = async (event: NostrEvent, relay?: string): Promise<void> => {
    const to = relay === undefined ? relayUrls : [relay];
    await relays.publish(event, to, { signal, timeoutMs: PUBLISH_TIMEOUT_MS });
  };
  const publishInfo = async (session: NwcSession, relay?: string): Promise<void> =>
    publish(await session.info(), relay);
  const context = {
    wallet,
    capabilities: capabilities.value,
    connections,
    desk,
    publish,
    guarded,
    now,
    signal,
  };

  /** Ends the subscription that the next one replaces. */
  let unsubscribe = new AbortController();
  async function subscribe(): Promise<void> {
    const replaced = unsubscribe;
    unsubscribe = new AbortController();
    if (sessions.size === 0) return;
    const served = [...sessions.values()];
    await relays.subscribe({
      relays: relayUrls,
      filters: [
        {
          kinds: [NWC_KINDS.request],
          authors: served.map(({ clientPubkey }) => clientPubkey),
          '#p': served.map(({ servicePubkey }) => servicePubkey),
          since: now() - REQUEST_WINDOW_SECONDS,
        },
      ],
      onEvent: (event) => {
        const session = admit(event);
        if (session !== null) run(() => session.receive(event));
      },
      // A relay that lost its memory, or was away at the start, learns again that the wallet is there.
      onEose: (relay) => {
        for (const session of served) run(() => publishInfo(session, relay));
      },
      signal: AbortSignal.any([signal, unsubscribe.signal]),
    });
    replaced.abort();
  }

  /** Takes up the connections that came; those that ended are told so whenever they ask. */
  async function takeUp(): Promise<void> {
    const grants = await connections.list();
    const fresh = grants.filter(({ clientPubkey }) => !sessions.has(clientPubkey));
    for (const grant of fresh)
      sessions.set(grant.clientPubkey, openNwcSession(grant, signerOf(grant.serviceSecretKey), context));
    if (fresh.length > 0) await subscribe();
    await Promise.all([...sessions.values()].map((session) => publishInfo(session)));
  }

  /** The owner of the whole wallet hears of every payment, another client of its own. */
  async function tell(notification: WalletNotification): Promise<void> {
    const { direction, paymentHash } = notification.payment;
    const concerned = await connections.payments.find(direction, paymentHash);
    if (concerned !== null) await desk.hear(notification.payment);
    const hearers = [...sessions.values()].filter(
      ({ clientPubkey, hearsAll }) => hearsAll || clientPubkey === concerned?.clientPubkey,
    );
    await Promise.all(hearers.map((session) => session.notify(notification)));
  }

  // One after the other: two at once would subscribe twice.
  const changes = createTaskLimit({ running: 1, waiting: 1 });
  const follows = createTaskLimit({ running: 1, waiting: 0 });
  const follow = () => follows.run(guarded(() => desk.followAll({ signal })));
  const close = async (): Promise<void> => {
    closing.abort();
    for (const tasks of [changes, follows, calls, ...sessions.values()]) await tasks.close();
  };

  wallet.subscribe((notification) => void run(() => tell(notification)), signal);
  const first = Promise.withResolvers<void>();
  changes.run(() => takeUp().then(first.resolve, first.reject));
  connections.watch(() => changes.run(guarded(takeUp)), signal);
  try {
    await first.promise;
  } catch (error) {
    await close();
    throw error;
  }
  const following = setInterval(follow, FOLLOW_EVERY_MS);
  signal.addEventListener('abort', () => clearInterval(following), { once: true });
  if (signal.aborted) clearInterval(following);
  follow();
  return { close };
}
