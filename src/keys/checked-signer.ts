import { parseEvent, verifyEvent, type EventTemplate, type NostrEvent } from '../protocol/index.ts';
import { signerError } from './remote/signer-failure.ts';
import type { Signer } from './signer.ts';

/** A signer whose answers are not believed yet. */
export interface UncheckedSigner extends Omit<Signer, 'sign'> {
  sign(template: EventTemplate): Promise<unknown>;
}

/**
 * Wraps a signer that we do not control (a NIP-07 extension, a NIP-46 bunker): what comes back must be
 * the template, under the same key, with a true id and signature. Such signers have been seen to return
 * other content or another key. `sign` rejects with `signer-false` when the answer is anything else.
 */
export function checkedSigner(signer: UncheckedSigner): Signer {
  return {
    pubkey: signer.pubkey,
    sign: async (template) => checkSigned(template, signer.pubkey, await signer.sign(template)),
    nip44: signer.nip44,
    nip04: signer.nip04,
  };
}

function checkSigned(template: EventTemplate, pubkey: string, answer: unknown): NostrEvent {
  const parsed = parseEvent(answer);
  if (!parsed.ok)
    throw signerError('signer-false', `The signer returned no event: ${parsed.failure.message}`);
  const event = parsed.value;
  if (event.pubkey !== pubkey)
    throw signerError('signer-false', 'The signer signed with another key than it announced.');
  if (!sameTemplate(event, template))
    throw signerError('signer-false', 'The signer changed the event that it was to sign.');
  if (!verifyEvent(event))
    throw signerError('signer-false', 'The signer returned an event whose id or signature is false.');
  return event;
}

function sameTemplate(left: EventTemplate, right: EventTemplate): boolean {
  return (
    left.kind === right.kind &&
    left.created_at === right.created_at &&
    left.content === right.content &&
    JSON.stringify(left.tags) === JSON.stringify(right.tags)
  );
}
