import type { ServiceSign, Skill } from '../engine/index.ts';
import { satsToMsat } from '../../src/protocol/index.ts';

/** A skill as it is being written. */
export interface WrittenSkill {
  readonly id: string;
  readonly kind: number;
  readonly name: string;
  readonly about: string;
  readonly fromSats: string;
}

/** A skill to begin with: translation is what people are asked for most. */
export function newSkill(): WrittenSkill {
  return { id: `hand-${crypto.randomUUID().slice(0, 8)}`, kind: 5002, name: '', about: '', fromSats: '100' };
}

/** Whether it can be announced. */
export function isComplete({ name, fromSats }: WrittenSkill): boolean {
  return name.trim() !== '' && /^\d{1,9}$/.test(fromSats.trim());
}

/** What is announced. */
export function skillOf({ id, kind, name, about, fromSats }: WrittenSkill): Skill {
  return { id, kind, name: name.trim(), about: about.trim(), fromMsat: satsToMsat(Number(fromSats)) };
}

/** How it is announced by the engine that quotes by hand, as far as it is written. */
export function signOfSkill({ id, kind, name, about, fromSats }: WrittenSkill, seller: string): ServiceSign {
  const sats = /^\d{1,9}$/.test(fromSats.trim()) ? Number(fromSats) : 0;
  return {
    identifier: id,
    kinds: [kind],
    name: name.trim(),
    about: about.trim(),
    ...(seller.trim() === '' ? {} : { seller: seller.trim() }),
    byHand: true,
    amount: 'flexible',
    fromMsat: satsToMsat(sats),
    supportsEncryption: true,
    supportsEncryptedFiles: true,
    acceptsNutzaps: false,
    nip90Params: new Map(),
  };
}

/** The other way round. */
export function writtenOf({ fromMsat, ...skill }: Skill): WrittenSkill {
  return { ...skill, fromSats: String(fromMsat / 1000n) };
}
