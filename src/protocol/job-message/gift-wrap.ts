import type { TextCipher } from '../encryption.ts';
import {
  eventId,
  parseEvent,
  tagValues,
  verifyEvent,
  type EventTemplate,
  type NostrEvent,
} from '../event.ts';
import { failure, success, type Outcome } from '../outcome.ts';
import { isRecord, parseJson } from '../untrusted-json.ts';

/** An event that only its receiver can open, and whose author nobody else learns (NIP-59). */
export const GIFT_WRAP_KIND = 1059;

/** What is inside of a gift wrap: signed by the true author, readable for the receiver only (NIP-59). */
const SEAL_KIND = 13;

/** How far back in time wraps and seals may be dated (NIP-59): whoever waits for one asks for that much more. */
export const GIFT_WRAP_BACKDATE_SECONDS = 2 * 86_400;

/** What is longer is not decrypted: a message carries words, an invoice or a token. */
const MAX_WRAP_CHARS = 262_144;

/** What sealing and wrapping need of a key. Nobody has to show a secret key. */
export interface MessageSigner {
  readonly pubkey: string;
  sign(template: EventTemplate): Promise<NostrEvent>;
  readonly nip44: TextCipher;
}

/** An event that nobody signed (NIP-59): its author is vouched for by the seal it came in, to its receiver alone. */
export interface Rumor extends EventTemplate {
  readonly id: string;
  readonly pubkey: string;
}

/** Who sends to whom, and what the caller draws at random: this room knows neither clock nor chance. */
export interface Wrapping {
  readonly author: MessageSigner;
  readonly receiverPubkey: string;
  /** A key that was made for this wrap and is forgotten afterwards. */
  readonly wrapSigner: MessageSigner;
  /** When the seal says that it was made, unix seconds: drawn from the last two days. */
  readonly sealedAt: number;
  /** The same for the wrap, drawn independently. */
  readonly wrappedAt: number;
}

/**
 * Seals the template as its author's rumor and wraps the seal for the receiver (NIP-59). Fails with
 * `encryption-failed` when the author's signer does not encrypt it.
 */
export async function giftWrap(
  template: EventTemplate,
  wrapping: Wrapping,
): Promise<Outcome<NostrEvent, 'encryption-failed'>> {
  const { author, receiverPubkey, wrapSigner } = wrapping;
  const unsigned = { ...template, pubkey: author.pubkey };
  const rumor: Rumor = { ...unsigned, id: eventId(unsigned) };
  const inner = await encryptFor(receiverPubkey, rumor, author);
  if (!inner.ok) return inner;
  const seal = await author.sign({
    kind: SEAL_KIND,
    created_at: wrapping.sealedAt,
    tags: [],
    content: inner.value,
  });
  const outer = await encryptFor(receiverPubkey, seal, wrapSigner);
  if (!outer.ok) return outer;
  return success(
    await wrapSigner.sign({
      kind: GIFT_WRAP_KIND,
      created_at: wrapping.wrappedAt,
      tags: [['p', receiverPubkey]],
      content: outer.value,
    }),
  );
}

async function encryptFor(
  receiverPubkey: string,
  event: Rumor | NostrEvent,
  signer: MessageSigner,
): Promise<Outcome<string, 'encryption-failed'>> {
  try {
    return success(await signer.nip44.encrypt(receiverPubkey, JSON.stringify(event)));
  } catch {
    return failure('encryption-failed', 'The signer did not encrypt the message: too long, or it refused.');
  }
}

/**
 * Why a gift wrap is not opened or not believed.
 *
 * - `wrong-kind`: no gift wrap. `not-for-us`: its `p` tag names somebody else.
 * - `too-large`: longer than any message of a job.
 * - `undecryptable`: wrap or seal was not encrypted to this key, or was damaged.
 * - `unheard`: the receiver does not listen to the key that the seal names; whether it is the author's stayed unproven.
 * - `malformed-seal`, `malformed-rumor`: what is inside is no seal, or no unsigned event.
 * - `forged-seal`: the seal's signature is not that of its author.
 * - `impersonation`: the rumor names another author than the seal.
 */
export type GiftWrapRefusal =
  | 'wrong-kind'
  | 'not-for-us'
  | 'too-large'
  | 'undecryptable'
  | 'unheard'
  | 'malformed-seal'
  | 'forged-seal'
  | 'malformed-rumor'
  | 'impersonation';

/** Whether anything that this key says is listened to. It is asked before the key has proven itself, which costs more. */
export type IsHeard = (claimedPubkey: string) => boolean | Promise<boolean>;

/** Listens to whoever writes. */
export const everybodyIsHeard: IsHeard = () => true;

/**
 * Opens a gift wrap for its receiver and believes its author only when the seal proves it. The wrap's own signature
 * is for the caller to check, as with every event from a relay. Fails with a `GiftWrapRefusal`.
 */
export async function openGiftWrap(
  wrap: NostrEvent,
  receiver: Pick<MessageSigner, 'pubkey' | 'nip44'>,
  isHeard: IsHeard = everybodyIsHeard,
): Promise<Outcome<Rumor, GiftWrapRefusal>> {
  if (wrap.kind !== GIFT_WRAP_KIND) return failure('wrong-kind', `Kind ${wrap.kind} is no gift wrap (1059).`);
  if (!tagValues(wrap, 'p').includes(receiver.pubkey))
    return failure('not-for-us', 'The gift wrap is for another receiver.');
  if (wrap.content.length > MAX_WRAP_CHARS)
    return failure('too-large', `A message has at most ${MAX_WRAP_CHARS} characters when wrapped.`);
  const sealed = await decryptFrom(wrap.pubkey, wrap.content, receiver);
  if (sealed === null) return undecryptable('wrap');
  const seal = readSeal(sealed);
  if (seal === null) return failure('malformed-seal', 'A gift wrap holds a seal: kind 13, without tags.');
  if (!(await isHeard(seal.pubkey)))
    return failure('unheard', 'The receiver does not listen to the key that sealed the message.');
  if (!verifyEvent(seal)) return failure('forged-seal', 'The seal was not signed by the author it names.');
  const told = await decryptFrom(seal.pubkey, seal.content, receiver);
  if (told === null) return undecryptable('seal');
  return readRumor(told, seal);
}

async function decryptFrom(
  senderPubkey: string,
  ciphertext: string,
  receiver: Pick<MessageSigner, 'nip44'>,
): Promise<string | null> {
  try {
    return await receiver.nip44.decrypt(senderPubkey, ciphertext);
  } catch {
    return null;
  }
}

function undecryptable(layer: 'wrap' | 'seal') {
  return failure('undecryptable', `The ${layer} cannot be decrypted; encrypt it for the key it is sent to.`, {
    layer,
  });
}

function readSeal(text: string): NostrEvent | null {
  const parsed = parseEvent(parseJson(text));
  return parsed.ok && parsed.value.kind === SEAL_KIND && parsed.value.tags.length === 0 ? parsed.value : null;
}

/** Some write an empty signature into a rumor; a signed event would be evidence that can be shown around. */
function readRumor(
  text: string,
  seal: NostrEvent,
): Outcome<Rumor, Extract<GiftWrapRefusal, 'malformed-rumor' | 'impersonation'>> {
  const told = parseJson(text);
  const isUnsigned = isRecord(told) && (told['sig'] === undefined || told['sig'] === '');
  const parsed = parseEvent(isUnsigned ? { ...told, sig: seal.sig } : undefined); // a signature only for its shape
  if (!parsed.ok) return failure('malformed-rumor', 'A seal holds one unsigned event, with its id.');
  const { sig: _, ...rumor } = parsed.value;
  if (rumor.pubkey !== seal.pubkey)
    return failure('impersonation', 'The message names another author than the key that sealed it.');
  if (eventId(rumor) !== rumor.id) return failure('malformed-rumor', 'The id of the message is not its own.');
  return success(rumor);
}
