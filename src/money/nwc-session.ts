import type { Signer } from '../keys/index.ts';
import type { NostrEvent } from '../protocol/index.ts';
import { budgetState } from './connections/budget.ts';
import type { NwcConnections, NwcGrant } from './connections/contract.ts';
import type { PaymentDesk } from './connections/payment-desk.ts';
import { isInForce } from './connections/rules.ts';
import { scopedWallet, type ClientWallet } from './connections/scoped-wallet.ts';
import { callWallet, nwcError, servedAbilities, type NwcAnswer } from './nwc-methods.ts';
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
import { createRequestMeter, isExpiredRequest, type ServedKeys } from './nwc-request-gate.ts';
import { createTaskLimit } from './task-limit.ts';
import type { Wallet, WalletCapabilities, WalletNotification } from './wallet.ts';

/** One connection as it is served: it opens requests, carries them out within the grant and seals the answers. */
export interface NwcSession extends ServedKeys {
  /** Its client is the wallet's owner, and hears of all payments. */
  readonly hearsAll: boolean;
  /** Works on a request event that the gate let through. */
  receive(event: NostrEvent): Promise<void>;
  /** Tells the client of a payment that concerns it, if its grant still stands and lets it know. */
  notify(notification: WalletNotification): Promise<void>;
  /** The info event (kind 13194): what clients read before they ask. Empty once the connection has ended. */
  info(): Promise<NostrEvent>;
  /** Resolves when no payment is being waited for any more. */
  close(): Promise<void>;
}

/** What all sessions of one service share. */
export interface SessionContext {
  readonly wallet: Wallet;
  readonly capabilities: WalletCapabilities;
  readonly connections: NwcConnections;
  readonly desk: PaymentDesk;
  readonly publish: (event: NostrEvent) => Promise<void>;
  /** Leads what a task throws to whoever hears of trouble. */
  readonly guarded: (task: () => Promise<void>) => () => Promise<void>;
  /** Unix seconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Payments wait for their payee, held ones for long: they have a limit of their own and no line. */
const PAYMENTS = { 'whole-wallet': 1_000, 'own-payments': 100 } as const;
const MAX_ECHOED_CHARS = 64;

/** Opens the session of a connection; `signer` holds its wallet key. */
export function openNwcSession(opened: NwcGrant, signer: Signer, context: SessionContext): NwcSession {
  const { connections, publish, now, signal } = context;
  const { clientPubkey, scope } = opened;
  const payments = createTaskLimit({ running: PAYMENTS[scope], waiting: 0 });
  const { requestsPerMinute } = opened;
  const meter =
    requestsPerMinute === undefined ? () => 'within' : createRequestMeter({ requestsPerMinute, now });
  const wallet: ClientWallet =
    scope === 'whole-wallet'
      ? context.wallet
      : scopedWallet({ ...context, payments: connections.payments, grant: opened });
  const abilities = servedAbilities(context.capabilities, opened.methods);
  let latestInfo: NostrEvent | null = null;

  /** Asked of the books each time, so that what its owner ended has ended. */
  async function stands(): Promise<boolean> {
    const grant = await connections.get(clientPubkey);
    return grant !== null && isInForce(grant, now());
  }

  async function receive(event: NostrEvent): Promise<void> {
    if (isExpiredRequest(event, now())) return;
    const metered = meter();
    if (metered === 'ignored') return;
    const scheme = requestScheme(event);
    if (scheme === null) return reply(event, 'nip44_v2', null, UNSUPPORTED_ENCRYPTION);
    const request = await openJson(cipherOf(signer, scheme), clientPubkey, event.content);
    if (request === null) return;
    const { method } = request;
    if (!(await stands())) return reply(event, scheme, method, UNAUTHORIZED);
    if (metered === 'refused') return reply(event, scheme, method, TOO_MANY_REQUESTS);
    const permitted = abilities.methods.find((name) => name === method);
    if (permitted === undefined) return reply(event, scheme, method, refusalOf(method));

    const params = asJsonObject(request['params']) ?? {};
    if (permitted !== 'pay_invoice') return carryOut(event, scheme, permitted, params);
    if (!(await connections.isNewRequest(event.id, now()))) return; // carried out before a restart
    if (!payments.run(context.guarded(() => carryOut(event, scheme, permitted, params))))
      return reply(event, scheme, method, TOO_MANY_PAYMENTS);
  }

  const budget = () => budgetState(connections.payments, opened, now());

  async function carryOut(
    event: NostrEvent,
    scheme: NwcScheme,
    method: NwcMethod,
    params: JsonObject,
  ): Promise<void> {
    const answer = await callWallet(wallet, { method, params, abilities, budget }, { signal });
    await reply(event, scheme, method, answer);
  }

  function refusalOf(method: unknown): NwcAnswer {
    const { methods } = servedAbilities(context.capabilities);
    return methods.some((name) => name === method) ? RESTRICTED : NOT_IMPLEMENTED;
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
    await publish(await seal(NWC_KINDS.response, scheme, message, [['e', request.id]]));
  }

  async function seal(
    kind: number,
    scheme: NwcScheme,
    message: JsonObject,
    tags: readonly (readonly string[])[] = [],
  ): Promise<NostrEvent> {
    const content = await cipherOf(signer, scheme).encrypt(clientPubkey, JSON.stringify(message));
    return signer.sign({ kind, created_at: now(), tags: [['p', clientPubkey], ...tags], content });
  }

  return {
    clientPubkey,
    servicePubkey: signer.pubkey,
    hearsAll: scope === 'whole-wallet',
    receive,

    async notify({ type, payment }) {
      const name = abilities.notifications.find((candidate) => NOTIFICATION_TYPES[candidate] === type);
      if (name === undefined || !(await stands())) return;
      const message = { notification_type: name, notification: toTransaction(payment) };
      const { notificationNip44, notificationNip04 } = NWC_KINDS;
      await Promise.all([
        seal(notificationNip44, 'nip44_v2', message).then(publish),
        seal(notificationNip04, 'nip04', message).then(publish),
      ]);
    },

    async info() {
      const { methods, notifications } = (await stands()) ? abilities : { methods: [], notifications: [] };
      const pushes = notifications.length > 0;
      const content = [...methods, ...(pushes ? ['notifications'] : [])].join(' ');
      if (content === latestInfo?.content) return latestInfo;
      const tags = [
        ['encryption', 'nip44_v2 nip04'],
        ...(pushes ? [['notifications', notifications.join(' ')]] : []),
      ];
      // Relays keep the newer of two info events, so no two may be of the same second.
      const created_at = Math.max(now(), (latestInfo?.created_at ?? 0) + 1);
      latestInfo = await signer.sign({ kind: NWC_KINDS.info, created_at, tags, content });
      return latestInfo;
    },

    close: () => payments.close(),
  };
}

const UNSUPPORTED_ENCRYPTION = nwcError('UNSUPPORTED_ENCRYPTION', 'Use nip44_v2 or nip04.');
const UNAUTHORIZED = nwcError('UNAUTHORIZED', 'This connection has ended: ask for a new one.');
const NOT_IMPLEMENTED = nwcError('NOT_IMPLEMENTED', 'This wallet does not know that method.');
const RESTRICTED = nwcError('RESTRICTED', 'This connection may not do that.');
const TOO_MANY_PAYMENTS = nwcError('RATE_LIMITED', 'Too many payments are under way: try again later.');
const TOO_MANY_REQUESTS = nwcError('RATE_LIMITED', 'This connection asks too often: try again in a minute.');
