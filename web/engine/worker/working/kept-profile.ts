import type { NostrEvent } from '../../../../src/protocol/index.ts';
import type { Skill } from '../../work-contract.ts';
import type { Vault } from '../vault.ts';

/** What a person announces, as its browser keeps it. */
export interface Profile {
  readonly name: string;
  readonly skills: readonly Skill[];
  /** Announced no more; jobs that were taken go on under them. The latest come first. */
  readonly retired: readonly Skill[];
  /** Whether the announcements name the person. */
  readonly linked: boolean;
  /** What the person's own key signed of the worker key; `null` when nothing stands. */
  readonly statement: NostrEvent | null;
}

const MAX_RETIRED = 50;

/** A profile before anything was announced. */
export const NO_PROFILE: Profile = { name: '', skills: [], retired: [], linked: false, statement: null };

/** Reads the profile of that name; `null` when nothing was ever announced. */
export async function readProfile(vault: Vault, name: string): Promise<Profile | null> {
  const kept = await vault.read<Partial<Profile>>(name);
  return kept === null ? null : { ...NO_PROFILE, ...kept };
}

/** The profile with these skills; those that it had besides retire. */
export function withSkills(profile: Profile, name: string, skills: readonly Skill[]): Profile {
  const isLeft = ({ id }: Skill) => skills.every((skill) => skill.id !== id);
  const retired = [...profile.skills, ...profile.retired].filter(isLeft).slice(0, MAX_RETIRED);
  return { ...profile, name, skills, retired };
}
