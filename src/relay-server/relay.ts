import { parseEvent, type NostrEvent } from '../protocol/index.ts';
import { authenticationFault } from './authentication.ts';
import { CLOSE_POLICY, CLOSE_TRY_LATER, Connection, type RelaySocket } from './connection.ts';
import type { EventStore } from './event-store.ts';
import { claimedId, Intake } from './intake.ts';
import type { RelayLimits } from './limits.ts';
import { createReadPolicy } from './read-policy.ts';
import { Requests } from './requests.ts';
import { authMessage, noticeMessage, okMessage, parseClientMessage, type Reason } from './wire.ts';

/** What a relay is made of. It knows no sockets, files or clocks but these. */
export interface RelayOptions {
  readonly store: EventStore;
  /** Whether an event's id and signature are right. */
  readonly verify: (event: NostrEvent) => Promise<boolean>;
  readonly limits: RelayLimits;
  /** Kinds that only their author and the keys in their `p` tags may read, after AUTH (NIP-42). */
  readonly privateKinds: readonly number[];
  /** Whether a URL in an AUTH event names this relay. */
  readonly isOwnUrl: (url: string) => boolean;
  /** Unix seconds. */
  readonly now: () => number;
}

/** Counts since the start, and what is open now. */
export interface RelayStats {
  readonly connections: number;
  readonly subscriptions: number;
  /** Events that were new and stored or passed on. */
  readonly accepted: number;
  /** Events answered with OK false. */
  readonly refused: number;
  /** Live events sent to subscriptions. */
  readonly delivered: number;
  /** Bytes of events that wait for their signature check or commit. */
  readonly pendingBytes: number;
}

/** The relay without its sockets: whoever has connections tells it what happens on them. */
export interface Relay {
  handleConnection(socket: RelaySocket): void;
  handleMessage(socket: RelaySocket, text: string): void;
  /** Bytes have left the socket: results that wait for a slow reader may go on. */
  handleDrain(socket: RelaySocket): void;
  handleClose(socket: RelaySocket): void;
  stats(): RelayStats;
  /** Takes no more messages and resolves when every event taken before is committed and answered. */
  close(): Promise<void>;
}

/** How many keys one connection may prove. */
const MAX_IDENTITIES = 16;

/** Makes a relay. The caller closes the store after the relay. */
export function createRelay(options: RelayOptions): Relay {
  const { store, verify, limits, now } = options;
  const policy = createReadPolicy(options.privateKinds);
  const connections = new Map<RelaySocket, Connection>();
  const requests = new Requests({ store, limits, policy, now });
  const intake = new Intake({
    store,
    verify,
    limits,
    now,
    publish: (event, json, seq) => requests.publish(event, json, seq),
  });
  let isClosing = false;

  const handleMessage = (connection: Connection, text: string) => {
    const parsed = parseClientMessage(text, limits.maxSubscriptionIdLength);
    if (!parsed.ok) return complain(connection, `invalid: ${parsed.failure.message}`);
    const message = parsed.value;
    switch (message.verb) {
      case 'EVENT':
        if (!intake.submit(connection, message.event)) complain(connection, 'invalid: the event has no id');
        return;
      case 'AUTH':
        return authenticate(connection, message.event);
      case 'CLOSE':
        return requests.unsubscribe(connection, message.subscriptionId);
      default:
        return requests.submit(connection, message);
    }
  };

  /** NOTICE, until the client has sent too much that means nothing. */
  const complain = (connection: Connection, reason: Reason) => {
    if (connection.malformedAllowance.take(now())) connection.send(noticeMessage(reason));
    else connection.close(CLOSE_POLICY, 'too many malformed messages');
  };

  const authenticate = (connection: Connection, input: unknown) => {
    const id = claimedId(input);
    if (id === null) return complain(connection, 'invalid: the AUTH event has no id');
    const answer = (reason: Reason | null) => connection.send(okMessage(id, reason === null, reason ?? ''));
    if (!connection.eventAllowance.take(now())) return answer('rate-limited: too many events; slow down');
    const parsed = parseEvent(input);
    if (!parsed.ok) return answer(`invalid: ${parsed.failure.message}`);
    const event = parsed.value;
    const fault = authenticationFault(event, connection.challenge, now(), options.isOwnUrl);
    if (fault !== null) return answer(fault);
    const signature = intake.signatureFault(event);
    connection.checked = connection.checked
      .then(() => signature)
      .then((reason) => {
        if (reason !== null) return answer(reason);
        if (connection.identities.size >= MAX_IDENTITIES)
          return answer(`rate-limited: at most ${MAX_IDENTITIES} keys on one connection`);
        connection.identities.add(event.pubkey);
        return answer(null);
      });
  };

  return {
    handleConnection: (socket) => {
      const connection = new Connection(socket, limits, now());
      if (isClosing || connections.size >= limits.maxConnections)
        return connection.close(CLOSE_TRY_LATER, 'the relay is full; try again later');
      connections.set(socket, connection);
      connection.send(authMessage(connection.challenge));
    },
    handleMessage: (socket, text) => {
      const connection = connections.get(socket);
      if (connection?.isOpen && !isClosing) handleMessage(connection, text);
    },
    handleDrain: (socket) => connections.get(socket)?.drained(),
    handleClose: (socket) => {
      const connection = connections.get(socket);
      if (connection === undefined) return;
      connections.delete(socket);
      connection.ended();
      requests.unsubscribeAll(connection);
    },
    stats: () => ({
      connections: connections.size,
      subscriptions: requests.open,
      accepted: intake.accepted,
      refused: intake.refused,
      delivered: requests.delivered,
      pendingBytes: intake.pendingBytes,
    }),
    close: async () => {
      isClosing = true;
      await Promise.all([...connections.values()].map(({ checked }) => checked));
      await intake.idle();
    },
  };
}
