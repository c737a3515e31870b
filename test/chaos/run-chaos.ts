import { setTimeout as sleep } from 'node:timers/promises';
import { auditChaos, UNTAKEN, type ChaosAudit } from './audit.ts';
import { Troubles, type TroubleCounts } from './befall.ts';
import type { FaultCounts } from './faulty-relay.ts';
import type { Part, Said } from './part.ts';
import { CUSTOMERS, drawJobs, drawTroubles, type ChaosPlan, type PlannedJob } from './plan.ts';
import type { Report, Reported } from './sold.ts';
import { openChaosStage, type ChaosStage } from './stage.ts';
import { FAIR_WEATHER } from './weather.ts';

/** What happened in a run, and whether every promise was kept: `problems` is empty then. */
export interface ChaosReport extends ChaosAudit {
  readonly seed: number;
  readonly jobs: number;
  readonly troubles: TroubleCounts;
  /** What that did to the connections of all ways together. */
  readonly connections: Readonly<FaultCounts>;
  /** Trouble that parts reported and got over, by part and code. */
  readonly reported: Readonly<Record<string, number>>;
  /** How long the rest of the jobs took when nothing failed any more. */
  readonly drainSeconds: number;
}

/** Longer than any deadline, offer or claim of a job here, and than an event waits for its next try after some failures. */
const DRAIN_MS = 150_000;
const LOOK_AGAIN_MS = 250;

/** Buys and sells while everything fails, lets the rest come to its end, and audits what came of it all. */
export async function runChaos(
  plan: ChaosPlan,
  onProgress: (line: string) => void = () => undefined,
): Promise<ChaosReport> {
  const requestIds = new Map<string, string>();
  const reported: Record<string, number> = {};
  const stage = await openChaosStage(plan, (part, said) => {
    if (said.t === 'bought') requestIds.set(String(said['key']), String(said['requestId']));
    if (said.t === 'ready') askAgain(part);
    if (said.t === 'trouble') {
      const name = `${part.replace(/-\d+$/, '')} ${String(said['code'])}`;
      reported[name] = (reported[name] ?? 0) + 1;
    }
  });
  const asked: PlannedJob[] = [];
  /** A life that was ended may not have heard of the job, or not have booked it; one that has knows its key. */
  const askAgain = (customer: string) => {
    for (const job of asked) if (job.customer === customer && !requestIds.has(job.key)) tellJob(stage, job);
  };

  try {
    for (const part of stage.parts.values()) await part.start();
    const before = await stage.balances();
    const jobs = drawJobs(plan, stage.modes);
    const troubles = new Troubles(stage);
    const others = { parts: [...stage.parts.keys()], ways: [...stage.ways.keys()] };
    await playOut([
      ...jobs.flatMap((job) => actsOf(stage, job, () => asked.push(job))),
      ...drawTroubles(plan, others).map((trouble) => ({ ...trouble, act: () => troubles.begin(trouble) })),
    ]);
    await troubles.over();
    onProgress(`asked for ${jobs.length} jobs; troubles: ${JSON.stringify(troubles.counts)}`);

    const drained = performance.now();
    const problems = await settleDown(stage, () => {
      for (const customer of CUSTOMERS) askAgain(customer);
      return jobs.length - requestIds.size;
    });
    const drainSeconds = Math.round((performance.now() - drained) / 1000);
    onProgress(`everything ended ${drainSeconds} s later`);
    const audit = await auditChaos(stage, before);
    const fallen = [...stage.parts.values()].flatMap((part) => part.fallen);
    return {
      ...audit,
      problems: [...problems, ...fallen.map((each) => `ended by itself: ${each}`), ...audit.problems],
      seed: plan.seed,
      jobs: jobs.length,
      troubles: troubles.counts,
      connections: connectionsOf(stage),
      reported,
      drainSeconds,
    };
  } finally {
    await stage.close();
  }
}

/** Something to do so long after the beginning. */
interface Act {
  readonly atMs: number;
  readonly act: () => void;
}

function actsOf(stage: ChaosStage, job: PlannedJob, onAsked: () => void): readonly Act[] {
  const { atMs, customer, key, cancelAfterMs, resendAfterMs } = job;
  const part = partOf(stage, customer);
  const ask = () => {
    onAsked();
    tellJob(stage, job);
  };
  const acts = [{ atMs, act: ask }];
  if (cancelAfterMs !== null)
    acts.push({ atMs: atMs + cancelAfterMs, act: () => part.tell({ t: 'cancel', key }) });
  if (resendAfterMs !== null)
    acts.push({ atMs: atMs + resendAfterMs, act: () => part.tell({ t: 'resend', key }) });
  return acts;
}

async function playOut(acts: readonly Act[]): Promise<void> {
  const began = performance.now();
  for (const { atMs, act } of acts.toSorted((one, other) => one.atMs - other.atMs)) {
    const earlyMs = began + atMs - performance.now();
    if (earlyMs > 0) await sleep(earlyMs);
    act();
  }
}

function tellJob(stage: ChaosStage, { customer, key, text, mode, deadlineSeconds }: PlannedJob): void {
  const job = { key, text, mode, deadlineSeconds };
  partOf(stage, customer).tell({ t: 'buy', provider: stage.providerPubkey, job });
}

/** Ends all faults, starts everything anew, waits until nothing is open any more, and ends everything but the bank. */
async function settleDown(stage: ChaosStage, unbooked: () => number): Promise<readonly string[]> {
  for (const way of stage.ways.values()) {
    way.setWeather(FAIR_WEATHER);
    way.refuse(false);
  }
  const { parts } = stage;
  const problems: string[] = [];
  const traders = [...parts.values()].filter(({ name }) => name !== 'bank');
  for (const part of parts.values()) {
    if (!(await part.stop())) problems.push(`${part.name} did not end when it was asked to`);
    await part.start();
  }
  const over = performance.now() + DRAIN_MS;
  for (;;) {
    const missing = unbooked();
    const open = await openIn(traders);
    if (missing === 0 && open.length === 0) break;
    if (performance.now() > over) {
      problems.push(`still open: ${missing} jobs that were never booked; ${open.join(', ')}`);
      break;
    }
    await sleep(LOOK_AGAIN_MS);
  }
  for (const trader of traders)
    if (!(await trader.stop())) problems.push(`${trader.name} did not end when it was asked to`);
  return problems;
}

/** What of the jobs has not ended. Ecash whose lock nobody opened comes back by itself, later than anybody waits here. */
async function openIn(traders: readonly Part[]): Promise<readonly string[]> {
  const providers = traders.filter(({ name }) => name.startsWith('provider'));
  const customers = traders.filter(({ name }) => name.startsWith('customer'));
  const told = await report(customers, []);
  const locked = told.flatMap(({ locked: each }) => each);
  const forsaken = told.flatMap(({ forsaken: each }) => each);
  const sold = await report(providers, [...locked, ...forsaken]);
  const money: Readonly<Record<string, string>> = Object.assign({}, ...sold.map((each) => each.money));
  return [
    ...[...told, ...sold].flatMap(({ open }) => open),
    ...locked.filter((id) => !UNTAKEN.has(money[id] ?? '')).map((id) => `${id.slice(0, 8)} locked`),
    ...forsaken
      .filter((id) => money[id] !== 'unclaimed')
      .map((id) => `${id.slice(0, 8)} not kept for anybody`),
  ];
}

async function report(parts: readonly Part[], requestIds: readonly string[]): Promise<readonly Reported[]> {
  const question: Report = { t: 'report', requestIds };
  return Promise.all(
    parts.map(async (part) => {
      const answer = (await part.ask(question)) as (Said & Reported) | null;
      if (answer === null)
        return { open: [`${part.name} does not answer`], locked: [], forsaken: [], money: {} };
      return { ...answer, open: answer.open.map((open) => `${part.name}: ${open}`) };
    }),
  );
}

function partOf({ parts }: ChaosStage, name: string): Part {
  const part = parts.get(name);
  if (part === undefined) throw new Error(`There is no ${name}.`);
  return part;
}

function connectionsOf({ ways }: ChaosStage): FaultCounts {
  const sum: FaultCounts = { cut: 0, refused: 0, silenced: 0, repeated: 0, swapped: 0, lost: 0 };
  for (const { counts } of ways.values())
    for (const fault of Object.keys(sum) as (keyof FaultCounts)[]) sum[fault] += counts[fault];
  return sum;
}
