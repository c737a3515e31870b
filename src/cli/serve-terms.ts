import { InvalidArgumentError, type Command } from 'commander';
import { collect, MAX_SATS, wholeNumber } from './option-values.ts';

/** The flags of `coinop serve` by which one service is priced, and those by which it chooses and treats its customers. */
export interface TermFlags {
  readonly price?: number;
  readonly perUnit?: object;
  readonly minPrice?: number;
  readonly busy?: object;
  readonly undercut?: number;
  readonly floor?: number;
  readonly queue?: number;
  readonly work?: object;
  readonly condition?: readonly string[];
  readonly attempts?: number;
  readonly retryAfter?: number;
  readonly rescue?: object;
}

/** Adds the flags of `TermFlags`. */
export function withTerms(command: Command): Command {
  return command
    .option('--price <sats>', 'what a job costs; 0 is free', wholeNumber(0, MAX_SATS))
    .option(
      '--per-unit <unit=sats/n>',
      'a price by size, such as characters=2/1000 or max_tokens=1/100',
      unitPrice,
    )
    .option('--min-price <sats>', 'the least that a job costs by --per-unit', wholeNumber(0, MAX_SATS))
    .option('--busy <percent@jobs>', 'dearer when busy, such as 300@20', loadPrice)
    .option('--undercut <sats>', 'so much below the cheapest public offer', wholeNumber(0, MAX_SATS))
    .option('--floor <sats>', 'never below this by --undercut', wholeNumber(0, MAX_SATS))
    .option('--queue <n>', 'jobs that may wait', wholeNumber(0, 1_000_000))
    .option(
      '--work <bits>',
      'proof of work asked of strangers, or a range such as 8-20 by the queue',
      workRange,
    )
    .option('--condition <code=detail>', 'said in quotes besides the price; may be repeated', collect)
    .option('--attempts <n>', 'how often a job is tried that may go well another time', wholeNumber(1, 20))
    .option('--retry-after <seconds>', 'the pause before the second try', wholeNumber(0, 3600))
    .option(
      '--rescue <whom>',
      'steps in where others fail: for requests to `anybody`, or `targeted` at others as well',
      rescued,
    );
}

/** The terms as the fields of a `[[service]]`; those that no flag names are `undefined`. */
export function termsOf(flags: TermFlags): Readonly<Record<string, unknown>> {
  const { undercut, floor, minPrice, condition } = flags;
  const isPricedBySize = flags.perUnit !== undefined || minPrice !== undefined;
  const followsRivals = undercut !== undefined || floor !== undefined;
  return {
    price_sat: flags.price,
    per_unit: isPricedBySize
      ? { ...flags.perUnit, ...(minPrice === undefined ? {} : { min_sat: minPrice }) }
      : undefined,
    by_load: flags.busy,
    undercut: followsRivals ? { by_sat: undercut, floor_sat: floor } : undefined,
    queue_limit: flags.queue,
    proof_of_work_bits: flags.work,
    conditions: condition?.map(conditionOf),
    attempts: flags.attempts,
    retry_after_seconds: flags.retryAfter,
    rescue: flags.rescue,
  };
}

/** How people who write flags know the fields. */
export const TERM_FLAGS: Readonly<Record<string, string>> = {
  price_sat: '--price',
  per_unit: '--per-unit',
  'per_unit.price_sat': '--per-unit',
  'per_unit.units': '--per-unit',
  'by_load.busy_jobs': '--busy',
  'undercut.by_sat': '--undercut',
  'undercut.floor_sat': '--floor',
  proof_of_work_bits: '--work',
  'proof_of_work_bits.most': '--work',
  rescue: '--rescue',
};

const MEASURES: readonly string[] = ['characters', 'words', 'bytes', 'seconds', 'items'];

function unitPrice(text: string): object {
  const [, name = '', sats, units = '1'] = /^([\w-]+)=(\d+)(?:\/(\d+))?$/.exec(text) ?? [];
  if (sats === undefined)
    throw new InvalidArgumentError(
      `It must be a unit (${MEASURES.join(', ')}, or a parameter) = sats / how many.`,
    );
  return {
    ...(MEASURES.includes(name) ? { unit: name } : { param: name }),
    price_sat: Number(sats),
    units: Number(units),
  };
}

function loadPrice(text: string): object {
  const [, percent, jobs] = /^(\d+)%?@(\d+)$/.exec(text) ?? [];
  if (jobs === undefined) throw new InvalidArgumentError('It must be percent @ jobs, such as 300@20.');
  return { busy_percent: Number(percent), busy_jobs: Number(jobs) };
}

function workRange(text: string): object {
  const [, idle, most = idle] = /^(\d{1,2})(?:-(\d{1,2}))?$/.exec(text) ?? [];
  if (idle === undefined) throw new InvalidArgumentError('It must be bits, or a range such as 8-20.');
  return { idle: Number(idle), most: Number(most) };
}

function rescued(whom: string): object {
  if (whom !== 'anybody' && whom !== 'targeted')
    throw new InvalidArgumentError('It must be anybody or targeted.');
  return { targeted: whom === 'targeted' };
}

function conditionOf(text: string): object {
  const at = text.indexOf('=');
  return at < 0 ? { code: text } : { code: text.slice(0, at), detail: text.slice(at + 1) };
}
