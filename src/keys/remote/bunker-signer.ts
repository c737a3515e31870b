import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import { isHex32, isRecord, parseJson, type NostrEvent, type Outcome } from '../../protocol/index.ts';
import { checkedSigner } from '../checked-signer.ts';
import { generateSecretKey, pubkeyOf } from '../secret-key.ts';
import { secretKeySigner } from '../secret-key-signer.ts';
import type { PeerCipher, Signer } from '../signer.ts';
import { BUNKER_KIND, openBunkerLine, type BunkerRelays } from './bunker-line.ts';
import { formatNostrconnectUri, parseBunkerUri, WANTED_PERMISSIONS } from './bunker-uri.ts';
import { outcomeOf, signerError, type SignerFailureCode } from './signer-failure.ts';
import { takeTurns, type AskInTurn, type RemoteSignerOptions } from './turns.ts';

/** What is kept of a connection to a bunker, to use it again without its owner. The client key is a secret. */
export interface BunkerLink {
  readonly bunkerPubkey: string;
  readonly relayUrls: readonly string[];
  /** Not the user's key: what the bunker knows this client by. */
  readonly clientSecretKey: Uint8Array;
  /** Whom the bunker signs as. */
  readonly userPubkey: string;
}

/** A bunker that answers. */
export interface BunkerSession {
  readonly signer: Signer;
  readonly link: BunkerLink;
}

/** What connecting to a bunker needs from its surroundings; the signal of the options ends the session. */
export interface BunkerOptions extends RemoteSignerOptions {
  readonly relays: BunkerRelays;
  /** Unix seconds. */
  readonly now: () => number;
}

/**
 * Connects to the bunker (NIP-46) of a `bunker://` text with a new client key. Fails with `malformed-bunker-uri`, or
 * with why the bunker did not agree.
 */
export async function connectBunker(
  uri: string,
  options: BunkerOptions,
): Promise<Outcome<BunkerSession, SignerFailureCode | 'malformed-bunker-uri'>> {
  const parsed = parseBunkerUri(uri);
  if (!parsed.ok) return parsed;
  const { bunkerPubkey, relayUrls, secret } = parsed.value;
  const client = { bunkerPubkey, relayUrls, clientSecretKey: generateSecretKey() };
  return untilFailure(options, async (until) => {
    const dialogue = await openDialogue(client, until);
    await dialogue.ask('connect', [bunkerPubkey, secret ?? '', WANTED_PERMISSIONS]);
    return sessionOf(dialogue, client);
  });
}

/** Uses an earlier connection again. Fails with `signer-false` when the bunker now signs as somebody else. */
export function resumeBunker(
  link: BunkerLink,
  options: BunkerOptions,
): Promise<Outcome<BunkerSession, SignerFailureCode>> {
  return untilFailure(options, async (until) => {
    const session = await sessionOf(await openDialogue(link, until), link);
    if (session.link.userPubkey === link.userPubkey) return session;
    throw signerError('signer-false', 'The signer has another key now: sign in anew.');
  });
}

/**
 * Offers a connection that a signer app takes up by scanning `uri`; `connected` waits for it until the signal aborts.
 * The URI holds a secret that lets whoever reads it first be the signer.
 */
export function offerNostrconnect(
  offer: {
    readonly relayUrls: readonly string[];
    /** How the app calls itself to the signer's owner. */
    readonly name: string;
  },
  options: BunkerOptions,
): {
  readonly uri: string;
  readonly connected: Promise<Outcome<BunkerSession, SignerFailureCode>>;
} {
  const { relayUrls } = offer;
  const clientSecretKey = generateSecretKey();
  const secret = bytesToHex(randomBytes(16));
  const connected = untilFailure(options, async (until) => {
    const bunkerPubkey = await firstToKnow(secret, { clientSecretKey, relayUrls }, until);
    const client = { bunkerPubkey, relayUrls, clientSecretKey };
    return sessionOf(await openDialogue(client, until), client);
  });
  const uri = formatNostrconnectUri({ ...offer, clientPubkey: pubkeyOf(clientSecretKey), secret });
  return { uri, connected };
}

/** A session lasts until the signal of the options; what was opened for one that fails ends at once. */
function untilFailure(
  options: BunkerOptions,
  connect: (options: BunkerOptions) => Promise<BunkerSession>,
): Promise<Outcome<BunkerSession, SignerFailureCode>> {
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  return outcomeOf(() =>
    connect({ ...options, signal }).catch((error: unknown) => {
      failed.abort();
      throw error;
    }),
  );
}

/** The bunker that answers with the secret of the offer. */
async function firstToKnow(
  secret: string,
  { clientSecretKey, relayUrls }: Pick<BunkerLink, 'clientSecretKey' | 'relayUrls'>,
  { relays, signal }: BunkerOptions,
): Promise<string> {
  const client = secretKeySigner(clientSecretKey);
  const found = Promise.withResolvers<string>();
  const looking = new AbortController();
  const receive = async (event: NostrEvent): Promise<void> => {
    const text = await client.nip44.decrypt(event.pubkey, event.content).catch(() => '');
    const answer = parseJson(text);
    if (isRecord(answer) && answer['result'] === secret) found.resolve(event.pubkey);
  };
  const onAbort = () => found.reject(signerError('signer-unreachable', 'No signer took up the offer.'));
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  let isListening = false;
  void relays
    .subscribe({
      relays: relayUrls,
      filters: [{ kinds: [BUNKER_KIND], '#p': [client.pubkey] }],
      onEvent: (event) => void receive(event),
      onEose: () => (isListening = true),
      signal: AbortSignal.any([signal, looking.signal]),
    })
    .then(() => {
      if (!isListening)
        found.reject(signerError('signer-unreachable', 'None of the relays can be reached: choose others.'));
    });
  try {
    return await found.promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    looking.abort();
  }
}

/** Questions to one bunker, one at a time. */
interface Dialogue {
  ask(method: Parameters<AskInTurn>[0], params: readonly string[]): Promise<string>;
}

type Client = Omit<BunkerLink, 'userPubkey'>;

async function openDialogue(client: Client, options: BunkerOptions): Promise<Dialogue> {
  const line = openBunkerLine({ ...client, ...options });
  if (!(await line.opened))
    throw signerError('signer-unreachable', 'None of the relays of this signer can be reached.');
  const inTurn = takeTurns(options);
  return { ask: (method, params) => inTurn(method, (turn) => line.ask(method, params, turn)) };
}

async function sessionOf(dialogue: Dialogue, client: Client): Promise<BunkerSession> {
  const pubkey = await dialogue.ask('get_public_key', []);
  if (!isHex32(pubkey)) throw signerError('signer-false', 'The signer named no public key.');
  const cipher = (nip: 'nip44' | 'nip04'): PeerCipher => ({
    encrypt: (peerPubkey, plaintext) => dialogue.ask(`${nip}_encrypt`, [peerPubkey, plaintext]),
    decrypt: (peerPubkey, ciphertext) => dialogue.ask(`${nip}_decrypt`, [peerPubkey, ciphertext]),
  });
  const { bunkerPubkey, relayUrls, clientSecretKey } = client;
  return {
    link: { bunkerPubkey, relayUrls, clientSecretKey, userPubkey: pubkey },
    signer: checkedSigner({
      pubkey,
      sign: async (template) => parseJson(await dialogue.ask('sign_event', [JSON.stringify(template)])),
      nip44: cipher('nip44'),
      nip04: cipher('nip04'),
    }),
  };
}
