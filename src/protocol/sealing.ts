import { encryptionScheme, type EncryptionScheme, type PeerCiphers } from './encryption.ts';
import type { EventTemplate, NostrEvent } from './event.ts';
import { JOB_FEEDBACK_KIND } from './job.ts';
import { failure, success, type Outcome } from './outcome.ts';

/** Tags of a request that stay readable: whom it is for, where and how to answer, until when, and what it continues. */
const PUBLIC_REQUEST_TAGS: ReadonlySet<string | undefined> = new Set([
  'p',
  'relays',
  'expiration',
  'exchange',
  'continues',
]);
/** Tags of feedback that stay readable besides the bare status: which job it is about and whom it is for. */
const PUBLIC_FEEDBACK_TAGS: ReadonlySet<string | undefined> = new Set(['e', 'p']);

/** With whom something is sealed, in which scheme, and by whose ciphers. */
export interface Sealing {
  /** The other side: the provider of a request, the customer of an answer. */
  readonly peerPubkey: string;
  readonly scheme: EncryptionScheme;
  readonly ciphers: PeerCiphers;
}

/**
 * Decrypts the content of an event that carries an `encrypted` tag, in the scheme that the ciphertext shows;
 * no content decrypts to no text. The peer is the other side, whoever of the two wrote the event. Fails with
 * `undecryptable` when the text was not meant for this key or was damaged, when the signer does not answer, and
 * with the `data.cause` `unknown-version` when it is of a NIP-44 version other than 2.
 */
export async function decryptContent(
  event: NostrEvent,
  peerPubkey: string,
  ciphers: PeerCiphers,
): Promise<Outcome<string, 'undecryptable'>> {
  if (event.content === '') return success('');
  const scheme = encryptionScheme(event.content);
  if (scheme === 'nip44' && isLaterVersion(event.content))
    return failure(
      'undecryptable',
      'The content is encrypted by a version of NIP-44 that is not supported yet; use version 2.',
      { scheme, cause: 'unknown-version' },
    );
  try {
    return success(await ciphers[scheme].decrypt(peerPubkey, event.content));
  } catch {
    return failure(
      'undecryptable',
      'The content cannot be decrypted; encrypt it for the key it is sent to.',
      {
        scheme,
      },
    );
  }
}

/** The version is the first byte: two base64 digits say 2. Text that begins with `#` is of a version to come. */
function isLaterVersion(ciphertext: string): boolean {
  return ciphertext.startsWith('#') || /^(?!A[g-v])[A-Za-z0-9+/]{130,}={0,2}$/.test(ciphertext);
}

/**
 * Encrypts a job request as NIP-90 says: its tags go into the content as JSON. Outside stay `p`, `relays`,
 * `expiration` and our `exchange` and `continues`; the text of the content becomes a private `content` tag. Fails with
 * `encryption-failed`.
 */
export async function sealRequest(
  template: EventTemplate,
  sealing: Sealing,
): Promise<Outcome<EventTemplate, 'encryption-failed'>> {
  const outer = template.tags.filter((tag) => PUBLIC_REQUEST_TAGS.has(tag[0]));
  if (!outer.some((tag) => tag[0] === 'p' && tag[1] === sealing.peerPubkey))
    outer.push(['p', sealing.peerPubkey]);
  const inner = template.tags.filter((tag) => !PUBLIC_REQUEST_TAGS.has(tag[0]));
  return sealTags(template, sealing, { inner, outer });
}

/**
 * Encrypts feedback or a result for the customer. Feedback becomes a JSON list of tags with its text in a
 * `content` tag; outside stay `e`, `p` and the bare status. Of a result the content is encrypted, and the
 * inputs are left out (NIP-90). Fails with `encryption-failed`.
 */
export async function sealAnswer(
  template: EventTemplate,
  sealing: Sealing,
): Promise<Outcome<EventTemplate, 'encryption-failed'>> {
  if (template.kind !== JOB_FEEDBACK_KIND) return sealResult(template, sealing);
  const inner = template.tags.filter((tag) => !PUBLIC_FEEDBACK_TAGS.has(tag[0]));
  const bareStatus = inner.filter((tag) => tag[0] === 'status').map((tag) => tag.slice(0, 2));
  const outer = [...bareStatus, ...template.tags.filter((tag) => PUBLIC_FEEDBACK_TAGS.has(tag[0]))];
  return sealTags(template, sealing, { inner, outer });
}

async function sealResult(
  template: EventTemplate,
  sealing: Sealing,
): Promise<Outcome<EventTemplate, 'encryption-failed'>> {
  const tags = [...template.tags.filter((tag) => tag[0] !== 'i'), ['encrypted']];
  // NIP-44 cannot encrypt an empty text, and there is nothing to hide.
  if (template.content === '') return success({ ...template, tags });
  const content = await encrypt(template.content, sealing);
  return content.ok ? success({ ...template, tags, content: content.value }) : content;
}

async function sealTags(
  template: EventTemplate,
  sealing: Sealing,
  { inner, outer }: Readonly<Record<'inner' | 'outer', readonly (readonly string[])[]>>,
): Promise<Outcome<EventTemplate, 'encryption-failed'>> {
  const text = template.content === '' ? [] : [['content', template.content]];
  const content = await encrypt(JSON.stringify([...inner, ...text]), sealing);
  return content.ok
    ? success({ ...template, tags: [...outer, ['encrypted']], content: content.value })
    : content;
}

async function encrypt(text: string, sealing: Sealing): Promise<Outcome<string, 'encryption-failed'>> {
  try {
    return success(await sealing.ciphers[sealing.scheme].encrypt(sealing.peerPubkey, text));
  } catch {
    return failure('encryption-failed', 'The signer did not encrypt the text: too long, or it refused.', {
      scheme: sealing.scheme,
      chars: text.length,
    });
  }
}
