import { isHex32, type EventTemplate, type Outcome } from '../../protocol/index.ts';
import { checkedSigner } from '../checked-signer.ts';
import type { PeerCipher, Signer } from '../signer.ts';
import { outcomeOf, signerError, textAnswer, type SignerFailureCode } from './signer-failure.ts';
import { takeTurns, type RemoteSignerOptions } from './turns.ts';

/** What a browser extension offers pages as `window.nostr` (NIP-07). Untrusted; workers reach it through their page. */
export interface Nip07Provider {
  getPublicKey(): Promise<unknown>;
  signEvent(template: EventTemplate): Promise<unknown>;
  readonly nip44?: Nip07Cipher | undefined;
  readonly nip04?: Nip07Cipher | undefined;
}

/** One way of encryption of an extension. */
export interface Nip07Cipher {
  encrypt(peerPubkey: string, plaintext: string): Promise<unknown>;
  decrypt(peerPubkey: string, ciphertext: string): Promise<unknown>;
}

/**
 * The key in a browser extension (NIP-07). What it signs is checked, one thing is asked at a time, and each only for
 * so long. Fails with why the extension would not say its public key.
 */
export function nip07Signer(
  provider: Nip07Provider,
  options: RemoteSignerOptions,
): Promise<Outcome<Signer, SignerFailureCode>> {
  const ask = takeTurns(options);
  const cipher = (nip: 'nip44' | 'nip04'): PeerCipher => ({
    encrypt: (peerPubkey, plaintext) =>
      ask(`${nip}_encrypt`, async () =>
        textAnswer(await cipherOf(provider, nip).encrypt(peerPubkey, plaintext)),
      ),
    decrypt: (peerPubkey, ciphertext) =>
      ask(`${nip}_decrypt`, async () =>
        textAnswer(await cipherOf(provider, nip).decrypt(peerPubkey, ciphertext)),
      ),
  });
  return outcomeOf(async () => {
    const pubkey = await ask('get_public_key', () => provider.getPublicKey());
    if (typeof pubkey !== 'string' || !isHex32(pubkey))
      throw signerError('signer-false', 'The extension named no public key.');
    return checkedSigner({
      pubkey,
      sign: (template) => ask('sign_event', () => provider.signEvent(ownCopy(template))),
      nip44: cipher('nip44'),
      nip04: cipher('nip04'),
    });
  });
}

/** Extensions are known to write id and signature into what they are given. */
function ownCopy({ kind, created_at, tags, content }: EventTemplate): EventTemplate {
  return { kind, created_at, tags: tags.map((tag) => [...tag]), content };
}

function cipherOf(provider: Nip07Provider, nip: 'nip44' | 'nip04'): Nip07Cipher {
  const cipher = provider[nip];
  if (cipher) return cipher;
  throw signerError('signer-lacks-method', `This extension has no ${nip.toUpperCase()}: use another signer.`);
}
