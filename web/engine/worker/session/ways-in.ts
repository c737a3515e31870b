import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import {
  connectBunker,
  formatNcryptsec,
  nip07Signer,
  offerNostrconnect,
  parsePubkey,
  parseSecretKey,
  pubkeyOf,
  resumeBunker,
  secretKeySigner,
  type BunkerLink,
  type BunkerOptions,
  type Nip07Provider,
  type RemoteSignerOptions,
  type Signer,
} from '../../../../src/keys/index.ts';
import { failure, isRecord, parseJson, success, type Outcome } from '../../../../src/protocol/index.ts';
import type { SignIn } from '../../contract.ts';
import type { PageLine } from '../page-line.ts';

/** Who came in, and what is kept to let them in again. */
export interface Entered {
  readonly pubkey: string;
  /** `null` for whoever only looks. */
  readonly signer: Signer | null;
  /** To be kept sealed; `null` when nothing secret is needed. */
  readonly secret: string | null;
}

/** What signing in needs from its surroundings; the signal ends what waits for a signer, and all use of it. */
export interface EntryHall {
  readonly line: PageLine;
  readonly bunker: BunkerOptions;
  /** Where signer apps are awaited. */
  readonly relayUrls: readonly string[];
  /** Told the offer that a signer app scans. */
  readonly onOffer: (uri: string) => void;
}

/** Lets somebody in. Fails with the codes of the key parsers, of remote signers, or `no-extension`. */
export async function enter(how: SignIn, hall: EntryHall): Promise<Outcome<Entered>> {
  switch (how.by) {
    case 'extension':
      return enterByExtension(hall);
    case 'bunker': {
      const connected = await connectBunker(how.uri, hall.bunker);
      return connected.ok ? success(heldByBunker(connected.value)) : connected;
    }
    case 'nostrconnect': {
      const offer = offerNostrconnect({ relayUrls: hall.relayUrls, name: 'coinop' }, hall.bunker);
      hall.onOffer(offer.uri);
      const connected = await offer.connected;
      return connected.ok ? success(heldByBunker(connected.value)) : connected;
    }
    case 'ncryptsec': {
      const read = parseSecretKey(how.ncryptsec, how.password);
      return read.ok ? success(heldHere(read.value)) : read;
    }
    case 'new-key':
      return success(heldHere(how.secretKey));
    case 'read-only': {
      const read = parsePubkey(how.pubkey);
      return read.ok ? success({ pubkey: read.value, signer: null, secret: null }) : read;
    }
  }
}

/** Lets somebody in as before; `null` when what was kept cannot be read any more. */
export async function reenter(
  kept: { readonly by: SignIn['by']; readonly pubkey: string; readonly secret: string | null },
  hall: EntryHall,
): Promise<Outcome<Entered> | null> {
  if (kept.by === 'read-only') return success({ pubkey: kept.pubkey, signer: null, secret: null });
  if (kept.by === 'extension') {
    const entered = await enterByExtension(hall);
    if (!entered.ok || entered.value.pubkey === kept.pubkey) return entered;
    return failure('signer-false', 'The extension has another key now: sign in anew.');
  }
  if (kept.secret === null) return null;
  if (kept.by === 'ncryptsec' || kept.by === 'new-key') return success(heldHere(hexToBytes(kept.secret)));
  const link = readLink(kept.secret);
  if (link === null) return null;
  const resumed = await resumeBunker(link, hall.bunker);
  return resumed.ok ? success(heldByBunker(resumed.value)) : resumed;
}

/** The own key as ncryptsec; `null` when somebody else holds it. */
export function backUp(by: SignIn['by'], secret: string | null, password: string): string | null {
  const isOwn = by === 'ncryptsec' || by === 'new-key';
  return isOwn && secret !== null ? formatNcryptsec(hexToBytes(secret), password) : null;
}

function heldHere(secretKey: Uint8Array): Entered {
  return {
    pubkey: pubkeyOf(secretKey),
    signer: secretKeySigner(secretKey),
    secret: bytesToHex(secretKey),
  };
}

function heldByBunker({ signer, link }: { readonly signer: Signer; readonly link: BunkerLink }): Entered {
  const secret = JSON.stringify({ ...link, clientSecretKey: bytesToHex(link.clientSecretKey) });
  return { pubkey: link.userPubkey, signer, secret };
}

function readLink(text: string): BunkerLink | null {
  const read = parseJson(text);
  if (!isRecord(read)) return null;
  const { bunkerPubkey, relayUrls, clientSecretKey, userPubkey } = read;
  if (typeof bunkerPubkey !== 'string' || typeof userPubkey !== 'string') return null;
  if (typeof clientSecretKey !== 'string' || !Array.isArray(relayUrls)) return null;
  const urls = relayUrls.filter((url): url is string => typeof url === 'string');
  return { bunkerPubkey, userPubkey, relayUrls: urls, clientSecretKey: hexToBytes(clientSecretKey) };
}

async function enterByExtension({ line, bunker }: EntryHall): Promise<Outcome<Entered>> {
  const methods = await line.methodsOf('nostr');
  if (!methods.ok) return methods;
  const options: RemoteSignerOptions = {
    signal: bunker.signal,
    ...(bunker.onWait ? { onWait: bunker.onWait } : {}),
  };
  const signer = await nip07Signer(extensionIn(line, methods.value), options);
  return signer.ok ? success({ pubkey: signer.value.pubkey, signer: signer.value, secret: null }) : signer;
}

/** `window.nostr` of a page, as a worker reaches it. */
function extensionIn(line: PageLine, methods: readonly unknown[]): Nip07Provider {
  const ask = (method: string, ...params: unknown[]) => line.ask({ tool: 'nostr', method, params });
  const cipher = (nip: string) =>
    methods.includes(nip)
      ? {
          encrypt: (peer: string, text: string) => ask(`${nip}.encrypt`, peer, text),
          decrypt: (peer: string, text: string) => ask(`${nip}.decrypt`, peer, text),
        }
      : undefined;
  return {
    getPublicKey: () => ask('getPublicKey'),
    signEvent: (template) => ask('signEvent', template),
    nip44: cipher('nip44'),
    nip04: cipher('nip04'),
  };
}
