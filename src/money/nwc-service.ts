import type { Signer } from '../keys/index.ts';
import { findTag, type NostrEvent } from '../protocol/index.ts';
import type { RelayPool } from '../relays/index.ts';
import {
  callWallet,
  isNwcMethod,
  nwcError,
  servedMethods,
  servedNotifications,
  type NwcAnswer,
} from './nwc-methods.ts';
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
import { createTaskLimit } from './task-limit.ts';
import type { Wallet, WalletNotification } from './wallet.ts';

/** A client that may use the wallet. */
export interface NwcClientAccess {
  /** The client's key, 64 hex characters, as `createNwcConnection` made it. */
  readonly clientPubkey: string;
  /** What the client may ask; everything the wallet can do unless told. */
  readonly methods?: readonly NwcMethod[];
  /** When the access ends, unix seconds; never unless told. */
  readonly expiresAt?: number;
}

/** Requests older or newer than this are not carried out, so an old one cannot be played back. */
const REQUEST_WINDOW_SECONDS = 120;
const MAX_REMEMBERED_REQUESTS = 10_000;
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
  const clients = new Map(service.connections.map((access) => [access.clientPubkey, access]));
  const capabilities = await wallet.capabilities({ signal });
  if (!capabilities.ok) throw new Error(`The wallet cannot be served: ${capabilities.failure.message}`);
  const methods = servedMethods(capabilities.value);
  const notifications = servedNotifications(capabilities.value);

  const calls = createTaskLimit(CALLS);
  const payments = createTaskLimit(PAYMENTS);
  const remembered = new Set<string>();

  const publish = async (event: NostrEvent, relay?: string): Promise<void> => {
    const to = relay === undefined ? relayUrls : [relay];
    await relays.publish(event, to, { signal, timeoutMs: PUBLISH_TIMEOUT_MS });
  };

  /** Whether the request is new, fresh and from a client we know; a repeated one is not carried out again. */
  function admit(event: NostrEvent): NwcClientAccess | null {
    const access = clients.get(event.pubkey);
    if (access === undefined || event.kind !== NWC_KINDS.request || remembered.has(event.id)) return null;
    if (Math.abs(now() - event.created_at) > REQUEST_WINDOW_SECONDS) return null;
    const expiration = Number(findTag(event, 'expiration')?.[1] ?? Number.POSITIVE_INFINITY);
    if (!(expiration >= now())) return null;
    remembered.add(event.id);
    const [oldest] = remembered;
    if (remembered.size > MAX_REMEMBERED_REQUESTS && oldest !== undefined) remembered.delete(oldest);
    return access;
  }

  async function receive(event: NostrEvent, access: NwcClientAccess): Promise<void> {
    const scheme = requestScheme(event);
    if (scheme === null)
      return reply(event, 'nip44_v2', null, nwcError('UNSUPPORTED_ENCRYPTION', 'Use nip44_v2 or nip04.'));
    const request = await openJson(cipherOf(signer, scheme), event.pubkey, event.content);
    if (request === null) return;
    const { method } = request;
    const refusal = refuse(method, access);
    if (refusal !== null || !isNwcMethod(method)) return reply(event, scheme, method, refusal);
    const params = asJsonObject(request['params']) ?? {};
    const carryOut = async (): Promise<void> => {
      const answer = await callWallet(wallet, { method, params, methods: allowed(access) }, { signal });
      await reply(event, scheme, method, answer);
    };
    if (method !== 'pay_invoice') return carryOut();
    if (!payments.run(carryOut))
      return reply(
        event,
        scheme,
        method,
        nwcError('RATE_LIMITED', 'Too many payments are under way: try again later.'),
      );
  }

  const allowed = (access: NwcClientAccess): readonly NwcMethod[] =>
    methods.filter((method) => access.methods?.includes(method) ?? true);

  function refuse(method: unknown, access: NwcClientAccess): NwcAnswer {
    if (isExpired(access)) return nwcError('UNAUTHORIZED', 'This connection has expired: ask for a new one.');
    if (!isNwcMethod(method) || !methods.includes(method))
      return nwcError('NOT_IMPLEMENTED', 'This wallet does not know that method.');
    return allowed(access).includes(method)
      ? null
      : nwcError('RESTRICTED', 'This connection may not do that.');
  }

  const isExpired = (access: NwcClientAccess): boolean =>
    access.expiresAt !== undefined && access.expiresAt <= now();

  async function reply(
    request: NostrEvent,
    scheme: NwcScheme,
    method: unknown,
    answer: NwcAnswer,
  ): Promise<void> {
    if (answer === null) return;
    const message = {
      result_type: isNwcMethod(method) ? method : 'unknown',
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
    const sending = [...clients.values()]
      .filter((access) => !isExpired(access))
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

  const info = await signer.sign({
    kind: NWC_KINDS.info,
    created_at: now(),
    tags: [
      ['encryption', 'nip44_v2 nip04'],
      ...(notifications.length === 0 ? [] : [['notifications', notifications.join(' ')]]),
    ],
    content: [...methods, ...(notifications.length === 0 ? [] : ['notifications'])].join(' '),
  });
  wallet.subscribe((notification) => void calls.run(() => notify(notification)), signal);
  await relays.subscribe({
    relays: relayUrls,
    filters: [
      {
        kinds: [NWC_KINDS.request],
        authors: [...clients.keys()],
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
