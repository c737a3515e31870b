import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import { isRecord, parseJson, type Filter, type NostrEvent } from '../../protocol/index.ts';
import { secretKeySigner } from '../secret-key-signer.ts';
import { denied, signerError, textAnswer } from './signer-failure.ts';
import type { SignerMethod, Turn } from './turns.ts';

/** The relays by which a bunker is reached; a `RelayPool` is one. */
export interface BunkerRelays {
  /** Keeps subscribed over reconnects until the signal aborts; resolves at the first answer of every relay. */
  subscribe(options: {
    readonly relays: readonly string[];
    readonly filters: readonly Filter[];
    /** Only with verified events that match a filter. */
    readonly onEvent: (event: NostrEvent) => void;
    /** A relay listens from now on, also after each reconnect. */
    readonly onEose: (relay: string) => void;
    readonly signal: AbortSignal;
  }): Promise<void>;
  publish(
    event: NostrEvent,
    relays: readonly string[],
    options: { readonly signal: AbortSignal },
  ): Promise<readonly { readonly outcome: string }[]>;
}

/** Events between a client and a bunker (NIP-46). */
export const BUNKER_KIND = 24_133;

/** Questions to one bunker and their answers, sealed for each other. */
export interface BunkerLine {
  /** Resolves when a relay listens for answers, which it does not keep, or with `false` when none could be reached. */
  readonly opened: Promise<boolean>;
  /** Asks once the line is open, and again when a relay comes back, for the answer may have been lost with it. */
  ask(method: SignerMethod, params: readonly string[], turn: Turn): Promise<string>;
}

interface Unanswered {
  /** The question as the bunker reads it. */
  readonly text: string;
  readonly turn: Turn;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Opens the line of a client key to a bunker, until the signal aborts. */
export function openBunkerLine(options: {
  readonly clientSecretKey: Uint8Array;
  readonly bunkerPubkey: string;
  readonly relayUrls: readonly string[];
  readonly relays: BunkerRelays;
  readonly now: () => number;
  readonly signal: AbortSignal;
}): BunkerLine {
  const { bunkerPubkey, relayUrls, relays, now, signal } = options;
  const client = secretKeySigner(options.clientSecretKey);
  const unanswered = new Map<string, Unanswered>();
  /** Relays that listened before: they come back. */
  const known = new Set<string>();
  const listening = Promise.withResolvers<boolean>();

  /** Each time in a new event, since the bunker does not look at one that it has seen. */
  const send = async ({ text, turn, reject }: Unanswered): Promise<void> => {
    const event = await client.sign({
      kind: BUNKER_KIND,
      created_at: now(),
      tags: [['p', bunkerPubkey]],
      content: await client.nip44.encrypt(bunkerPubkey, text),
    });
    const receipts = await relays.publish(event, relayUrls, { signal: turn.signal });
    if (receipts.every(({ outcome }) => outcome === 'refused'))
      reject(signerError('signer-unreachable', 'The relays of this signer refuse what is sent to it.'));
  };
  void relays
    .subscribe({
      relays: relayUrls,
      filters: [{ kinds: [BUNKER_KIND], authors: [bunkerPubkey], '#p': [client.pubkey] }],
      onEvent: (event) => void receive(event),
      onEose: (relay) => {
        listening.resolve(true);
        if (!known.has(relay)) return void known.add(relay);
        for (const question of unanswered.values()) send(question).catch(question.reject);
      },
      signal,
    })
    .then(() => listening.resolve(false));

  async function receive(event: NostrEvent): Promise<void> {
    const answer = await openAnswer(event);
    const question = answer && unanswered.get(answer.id);
    if (!question) return;
    const { result, error } = answer;
    if (result === 'auth_url') {
      if (isWebPage(error)) question.turn.needsApproval(error);
    } else if (error !== undefined && error !== null && error !== '') question.reject(denied(error));
    else question.resolve(result ?? ''); // some leave an empty text out
  }

  async function openAnswer(event: NostrEvent) {
    try {
      const answer = parseJson(await client.nip44.decrypt(bunkerPubkey, event.content));
      if (!isRecord(answer) || typeof answer['id'] !== 'string') return null;
      return { id: answer['id'], result: answer['result'], error: answer['error'] };
    } catch {
      return null; // not sealed for us
    }
  }

  return {
    opened: listening.promise,
    async ask(method, params, turn) {
      const id = bytesToHex(randomBytes(16));
      const answer = Promise.withResolvers<unknown>();
      const text = JSON.stringify({ id, method, params });
      const question = { text, turn, resolve: answer.resolve, reject: answer.reject };
      if (!turn.signal.aborted) {
        unanswered.set(id, question);
        turn.signal.addEventListener('abort', () => unanswered.delete(id), { once: true });
        send(question).catch(question.reject);
      }
      return textAnswer(await answer.promise);
    },
  };
}

/** What the owner of the signer is sent to is opened in a browser: a page, and no script. */
function isWebPage(url: unknown): url is string {
  return typeof url === 'string' && url.length <= 2_000 && URL.parse(url)?.protocol === 'https:';
}
