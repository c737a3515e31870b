import { NIP_09 } from './nip-09.ts';
import { NIP_13 } from './nip-13.ts';
import { NIP_25 } from './nip-25.ts';
import { NIP_40 } from './nip-40.ts';
import { NIP_42 } from './nip-42.ts';
import { NIP_44 } from './nip-44.ts';
import { NIP_47 } from './nip-47.ts';
import { NIP_57 } from './nip-57.ts';
import { NIP_59 } from './nip-59.ts';
import { NIP_61 } from './nip-61.ts';
import { NIP_65 } from './nip-65.ts';
import { NIP_89 } from './nip-89.ts';
import { NIP_90 } from './nip-90.ts';
import type { Nip, Requirement } from './requirement.ts';

/** Every NIP of which each sentence that concerns coinop is accounted for. */
export const NIPS = [
  NIP_09,
  NIP_13,
  NIP_25,
  NIP_40,
  NIP_42,
  NIP_44,
  NIP_47,
  NIP_57,
  NIP_59,
  NIP_61,
  NIP_65,
  NIP_89,
  NIP_90,
] as const;

type IdsOf<Read> = Read extends Nip<infer Digits, infer Name> ? `NIP-${Digits}.${Name}` : never;

/** Names a requirement, such as `NIP-09.author-only`. */
export type RequirementId = IdsOf<(typeof NIPS)[number]>;

/** All requirements by id. */
export const REQUIREMENTS: ReadonlyMap<string, Requirement> = new Map(
  NIPS.flatMap(({ number, requirements }) =>
    Object.entries<Requirement>(requirements).map(
      ([name, requirement]) => [`NIP-${number}.${name}`, requirement] as const,
    ),
  ),
);
