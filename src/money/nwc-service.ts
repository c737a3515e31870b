import type { Signer } from '../keys/index.ts';
import type { EventTemplate, NostrEvent } from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import { callWallet, nwcError, servedMethods, servedNotifications, type NwcAnswer } from './nwc-methods.ts';
import { toTransaction } from './nwc-payment.ts';
import {
  asJsonObject,
  cipherOf,
  NOTIFICATION_TYPES,
  NWC_KINDS,
  openJson,
  requestScheme,
  type JsonObject,
  type NwcMethod,
  type NwcScheme,
} from './nwc-protocol.ts';
import {
  createRequestGate,
  allowedMethods,
  isAccessOver,
  isExpiredRequest,
  REQUEST_WINDOW_SECONDS,
  type NwcClientAccess,
} from './nwc-request-gate.ts';
import { createTaskLimit } from './task-limit.ts';
import type { Wallet, WalletNotification } from './wallet.ts';

const CALLS = { running: 32, waiting: 2_000 };
/** Payments wait for their payee, held ones for long: they have a limit of their own and no line. */
const PAYMENTS = { running: 1_000, waiting: 0 };
const PUBLISH_TIMEOUT_MS = 10_000;

/**
 * Serves a wallet over Nostr Wallet Connect (NIP-47): info event, requests of the listed clients in their own
 * encryption, notifications in both. Each request event is carried out once; expired, old and unknown clients'
 * requests are ignored, and so is what exceeds the bounded line. A payment is answered when it is decided, however
 * late, and not at all when its outcome stays open. Resolves once clients can be answered; throws when the wallet
 * does not say what it can do.
 */
export async function serveNwc(service: {
  readonly wallet: Wallet;
  readonly relays: RelayPool;
  readonly relayUrls: readonly string[];
  /** The service's key: the wallet key of its connection URIs. */
  readonly signer: Signer;
  readonly connections: readonly NwcClientAccess[];
  /** Unix seconds. */
  readonly now: () => number;
  readonly signal?: AbortSignal;
}): Promise<{ readonly close: () => Promise<void> }> {
  const { wallet, relays, relayUrls, signer, now } = service;
  const closing = new AbortController();
  const signal =
    service.signal === undefined ? closing.signal : AbortSignal.any([closing.signal, service.signal]);
  const { connections } = service;
  const admit = createRequestGate({ connections, now });
  const capabilities = await wallet.capabilities({ signal });
  if (!capabilities.ok) throw new Error(`The wallet cannot be served: ${capabilities.failure.message}`);
  const served = servedMethods(capabilities.value);
  const notifications = servedNotifications(capabilities.value);

  const calls = createTaskLimit(CALLS);
  const payments = createTaskLimit(PAYMENTS);

  const publish = async (event: NostrEvent, relay?: string): Promise<void> => {
    const to = relay === undefined ? relayUrls : [relay];
    await relays.publish(event, to, { signal, timeoutMs: PUBLISH_TIMEOUT_MS });
  };

  async function receive(event: NostrEvent, access: NwcClientAccess): Promise<void> {
    if (isExpiredRequest(event, now())) return;
    const scheme = requestScheme(event);
    if (scheme === null) return reply(event, 'nip44_v2', null, UNSUPPORTED_ENCRYPTION);
    const request = await openJson(cipherOf(signer, scheme), event.pubkey, event.content);
    if (request === null) return;
    const { method } = request;
    const allowed = allowedMethods(access, served);
    if (isAccessOver(access, now())) return reply(event, scheme, method, UNAUTHORIZED);
    if (!served.some((name) => name === method)) return reply(event, scheme, method, NOT_IMPLEMENTED);
    const permitted = allowed.find((name) => name === method);
    if (permitted === undefined) return reply(event, scheme, method, RESTRICTED);

    const params = asJsonObject(request['params']) ?? {};
    const carryOut = async (): Promise<void> => {
      const answer = await callWallet(wallet, { method: permitted, params, methods: allowed }, { signal });
      await reply(event, scheme, method, answer);
    };
    if (permitted !== 'pay_invoice') return carryOut();
    if (!payments.run(carryOut)) return reply(event, scheme, method, TOO_MANY_PAYMENTS);
  }

  async function reply(
    request: NostrEvent,
    scheme: NwcScheme,
    method: unknown,
    answer: NwcAnswer,
  ): Promise<void> {
    if (answer === null) return;
    const message = {
      result_type: typeof method === 'string' ? method.slice(0, MAX_ECHOED_CHARS) : 'unknown',
      error: null,
      result: null,
      ...answer,
    };
    const extra = [['e', request.id]];
    await publish(await seal(NWC_KINDS.response, request.pubkey, scheme, message, extra));
  }

  async function notify({ type, payment }: WalletNotification): Promise<void> {
    const name = notifications.find((candidate) => NOTIFICATION_TYPES[candidate] === type);
    if (name === undefined) return;
    const message = { notification_type: name, notification: toTransaction(payment) };
    const { notificationNip44, notificationNip04 } = NWC_KINDS;
    const sending = connections
      .filter((access) => !isAccessOver(access, now()))
      .flatMap(({ clientPubkey }) => [
        seal(notificationNip44, clientPubkey, 'nip44_v2', message).then(publish),
        seal(notificationNip04, clientPubkey, 'nip04', message).then(publish),
      ]);
    await Promise.all(sending);
  }

  async function seal(
    kind: number,
    clientPubkey: string,
    scheme: NwcScheme,
    message: JsonObject,
    tags: readonly (readonly string[])[] = [],
  ): Promise<NostrEvent> {
    const content = await cipherOf(signer, scheme).encrypt(clientPubkey, JSON.stringify(message));
    return signer.sign({ kind, created_at: now(), tags: [['p', clientPubkey], ...tags], content });
  }

  const info = await signer.sign(infoTemplate(served, notifications, now()));
  wallet.subscribe((notification) => void calls.run(() => notify(notification)), signal);
  await relays.subscribe({
    relays: relayUrls,
    filters: [
      {
        kinds: [NWC_KINDS.request],
        authors: connections.map(({ clientPubkey }) => clientPubkey),
        '#p': [signer.pubkey],
        since: now() - REQUEST_WINDOW_SECONDS,
      },
    ],
    onEvent: (event) => {
      const access = admit(event);
      if (access !== null) calls.run(() => receive(event, access));
    },
    // A relay that lost its memory, or was away at the start, learns again that the wallet is there.
    onEose: (relay) => void calls.run(() => publish(info, relay)),
    signal,
  });
  await publish(info);

  return {
    close: async () => {
      closing.abort();
      await calls.close();
      await payments.close();
    },
  };
}

const MAX_ECHOED_CHARS = 64;
const UNSUPPORTED_ENCRYPTION = nwcError('UNSUPPORTED_ENCRYPTION', 'Use nip44_v2 or nip04.');
const UNAUTHORIZED = nwcError('UNAUTHORIZED', 'This connection has expired: ask for a new one.');
const NOT_IMPLEMENTED = nwcError('NOT_IMPLEMENTED', 'This wallet does not know that method.');
const RESTRICTED = nwcError('RESTRICTED', 'This connection may not do that.');
const TOO_MANY_PAYMENTS = nwcError('RATE_LIMITED', 'Too many payments are under way: try again later.');

/** What clients read before they ask: methods, notifications and encryption. */
function infoTemplate(
  methods: readonly NwcMethod[],
  notifications: readonly string[],
  createdAt: number,
): EventTemplate {
  const pushes = notifications.length > 0;
  return {
    kind: NWC_KINDS.info,
    created_at: createdAt,
    tags: [['encryption', 'nip44_v2 nip04'], ...(pushes ? [['notifications', notifications.join(' ')]] : [])],
    content: [...methods, ...(pushes ? ['notifications'] : [])].join(' '),
  };
}
