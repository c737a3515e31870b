import { parseMsat, type Msat } from './msat.ts';
import type { Tags } from './tag-reading.ts';

/** Steps of one job, the first among them. */
export const MAX_MILESTONES = 12;
/** Revisions that can be promised for one job. */
export const MAX_REVISIONS = 20;
/** The title of a step, in characters. */
export const MAX_STEP_TITLE = 120;

/** A further step of a job: what it will bring, and for how much. */
export interface Milestone {
  readonly amountMsat: Msat;
  /** For people. Untrusted text where somebody else wrote it. */
  readonly title: string;
}

/** What a provider promises beyond the job that its offer is for. */
export interface JobPlan {
  /** What the offer itself pays for, the first milestone; `null` where nobody says it. */
  readonly title: string | null;
  /** The milestones after the first, in their order: the one at index 0 is milestone 2. */
  readonly milestones: readonly Milestone[];
  /** How often the work is done over for nothing, over all milestones. */
  readonly revisions: number;
}

/** What makes a plan one that no offer can carry, for whoever wrote it; `null` when nothing does. */
export function planProblem({ title, milestones, revisions }: JobPlan): string | null {
  if (!Number.isInteger(revisions) || revisions < 0 || revisions > MAX_REVISIONS)
    return `Promise 0 to ${MAX_REVISIONS} revisions.`;
  if (milestones.length >= MAX_MILESTONES) return `A job has at most ${MAX_MILESTONES} milestones.`;
  if (milestones.length === 0 && revisions === 0)
    return 'A plan has milestones after the first, or revisions.';
  if (milestones.some(({ amountMsat }) => amountMsat < 0n))
    return 'The price of a milestone must be zero or more.';
  const titles = [...(title === null ? [] : [title]), ...milestones.map((milestone) => milestone.title)];
  return titles.every((text) => text.trim() !== '' && text.length <= MAX_STEP_TITLE)
    ? null
    : `Each milestone has a title of 1 to ${MAX_STEP_TITLE} characters.`;
}

/** Our `milestone` and `revisions` tags of an offer that asks so much for the first step. */
export function planTags({ title, milestones, revisions }: JobPlan, firstMsat: Msat): string[][] {
  const steps = milestones.map((milestone, index) => ({ ...milestone, step: index + 2 }));
  const first = title === null ? [] : [{ step: 1, amountMsat: firstMsat, title }];
  const tags = [...first, ...steps].map((step) => [
    'milestone',
    step.step.toString(),
    step.amountMsat.toString(),
    step.title,
  ]);
  return revisions === 0 ? tags : [...tags, ['revisions', revisions.toString()]];
}

/**
 * Reads the plan of an offer as a whole: one that leaves anything open (a milestone missing, told twice or without a
 * clear amount, more than a plan may have) promises nothing that could be relied on, and is `null` as none is. What
 * the first milestone costs is said by the offer's own `amount`.
 */
export function readPlan(tags: Tags): JobPlan | null {
  const steps = tags.filter(([name]) => name === 'milestone');
  const counts = tags.filter(([name]) => name === 'revisions');
  if (steps.length > MAX_MILESTONES || counts.length > 1 || steps.length + counts.length === 0) return null;
  const numbered = steps.toSorted((one, other) => Number(one[1]) - Number(other[1]));
  const hasFirst = numbered[0]?.[1] === '1';
  const later = hasFirst ? numbered.slice(1) : numbered;
  const milestones = later.flatMap(([, step, amount = '', title = ''], index): Milestone[] => {
    const amountMsat = parseMsat(amount);
    return step === (index + 2).toString() && amountMsat !== null
      ? [{ amountMsat, title: title.slice(0, MAX_STEP_TITLE) }]
      : [];
  });
  const revisions = readCount(counts[0]?.[1] ?? '0');
  if (milestones.length < later.length || milestones.length >= MAX_MILESTONES || revisions === null)
    return null;
  if (milestones.length === 0 && revisions === 0) return null;
  const title = hasFirst ? (numbered[0]?.[3] ?? '').slice(0, MAX_STEP_TITLE) : '';
  return { title: title === '' ? null : title, milestones, revisions };
}

function readCount(text: string): number | null {
  const count = /^\d{1,2}$/.test(text) ? Number(text) : null;
  return count === null || count > MAX_REVISIONS ? null : count;
}
