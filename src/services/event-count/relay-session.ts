import { guardConnect } from '../../http/node.ts';
import { failure, parseJson, success, type Outcome } from '../../protocol/index.ts';
import { NodeWebSocket } from '../../relays/node.ts';
import type { CountFilter } from './filters.ts';

/** What a relay is asked for: REQ for events, COUNT for their number (NIP-45). */
type Verb = 'REQ' | 'COUNT';

/** How a relay answered: all was sent, the number, or words of refusal. */
export type SessionAnswer =
  | { readonly type: 'end' }
  | { readonly type: 'count'; readonly count: number }
  | { readonly type: 'refused'; readonly message: string };

/** A conversation with one relay that a stranger may have named: one question at a time, nothing is remembered. */
export interface RelaySession {
  /** Asks and hands on the events that come. Fails with `relay-unreachable` once the relay is gone or silent. */
  ask(
    verb: Verb,
    filters: readonly CountFilter[],
    onEvent?: (event: unknown) => void,
  ): Promise<Outcome<SessionAnswer, 'relay-unreachable'>>;
  close(): void;
}

/** How long a relay may take to open a connection, or for the next message of an answer. */
const SILENCE_MS = 10_000;
/** Relays without NIP-45 may say nothing at all to COUNT; they can still be asked for events. */
const COUNT_SILENCE_MS = 3000;
/** Messages of one session; a relay that sends more is not worth listening to. */
const MAX_MESSAGES = 100_000;
const MAX_WORDS = 200;

interface Waiting {
  readonly verb: Verb;
  readonly onEvent: (event: unknown) => void;
  readonly settle: (answer: Outcome<SessionAnswer, 'relay-unreachable'>) => void;
}

/**
 * Connects to a relay, to public addresses only unless its `host:port` is allowed. Fails with `relay-unreachable`, or
 * with the guard's `url-invalid` or `url-private`.
 */
export async function openRelaySession(
  url: string,
  allowHosts: readonly string[],
  signal: AbortSignal,
): Promise<Outcome<RelaySession, 'relay-unreachable' | 'url-invalid' | 'url-private'>> {
  signal.throwIfAborted();
  const guard = guardConnect(url, allowHosts);
  if (!guard.ok) return guard;
  const session = new Session(new NodeWebSocket(url, guard.value), signal);
  return (await session.opened) ? success(session) : unreachable();
}

class Session implements RelaySession {
  readonly opened: Promise<boolean>;
  readonly #socket: NodeWebSocket;
  readonly #signal: AbortSignal;
  readonly #close = () => this.close();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #waiting: Waiting | null = null;
  #messages = 0;
  #isGone = false;

  constructor(socket: NodeWebSocket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    const opening = Promise.withResolvers<boolean>();
    this.opened = opening.promise;
    signal.addEventListener('abort', this.#close, { once: true });
    this.#awaitSign();
    socket.on('open', () => opening.resolve(true));
    socket.on('message', (data) => this.#hear(Buffer.isBuffer(data) ? data.toString('utf8') : ''));
    socket.on('error', this.#close);
    socket.on('close', () => {
      this.close();
      opening.resolve(false);
    });
  }

  ask(...[verb, filters, onEvent]: Parameters<RelaySession['ask']>): ReturnType<RelaySession['ask']> {
    if (this.#isGone) return Promise.resolve(unreachable());
    return new Promise((resolve) => {
      this.#waiting = { verb, onEvent: onEvent ?? (() => undefined), settle: resolve };
      this.#awaitSign();
      this.#socket.send(JSON.stringify([verb, ID, ...filters]));
    });
  }

  close(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#close);
    this.#socket.terminate();
    this.#settle(unreachable());
  }

  #awaitSign(): void {
    clearTimeout(this.#timer);
    this.#timer =
      this.#waiting?.verb === 'COUNT'
        ? setTimeout(() => this.#settle(refused('no answer')), COUNT_SILENCE_MS)
        : setTimeout(this.#close, SILENCE_MS);
  }

  #hear(text: string): void {
    this.#messages += 1;
    if (this.#messages > MAX_MESSAGES) return this.close();
    const message = parseJson(text);
    const [type, id, told]: unknown[] = Array.isArray(message) ? message : [];
    // How relays without NIP-45 answer COUNT; at other times a notice may be about anything.
    if (type === 'NOTICE' && this.#waiting?.verb === 'COUNT') return this.#settle(refused(id));
    if (id !== ID || this.#waiting === null) return;
    if (type === 'COUNT') return this.#waiting.verb === 'COUNT' ? this.#settle(readCount(told)) : undefined;
    if (type === 'EVENT') {
      this.#awaitSign();
      return this.#waiting.onEvent(told);
    }
    if (type === 'CLOSED') return this.#settle(refused(told));
    if (type !== 'EOSE') return;
    this.#socket.send(JSON.stringify(['CLOSE', ID]));
    this.#settle(success({ type: 'end' }));
  }

  #settle(answer: Outcome<SessionAnswer, 'relay-unreachable'>): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (!this.#isGone) clearTimeout(this.#timer);
    waiting?.settle(answer);
  }
}

/** One question at a time needs one name. */
const ID = 'count';

/** What is no text says nothing: an object without `toString` could not even be made one. */
function refused(words: unknown): Outcome<SessionAnswer, never> {
  return success({ type: 'refused', message: typeof words === 'string' ? words.slice(0, MAX_WORDS) : '' });
}

function readCount(told: unknown): Outcome<SessionAnswer, never> {
  const count: unknown =
    typeof told === 'object' &&
    told !== null &&
    'count' in told &&
    !('approximate' in told && told.approximate)
      ? told.count
      : null;
  return Number.isSafeInteger(count) && Number(count) >= 0
    ? success({ type: 'count', count: Number(count) })
    : refused('no exact count');
}

function unreachable() {
  return failure('relay-unreachable', 'The relay does not answer.');
}
