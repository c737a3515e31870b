/**
 * Measures what a job costs over bare relay hops, side by side in one run: `npm run bench`, and
 * `npm run bench -- --json` for machines. Takes about two minutes.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { printReport } from './print-report.ts';
import { makeReport } from './report.ts';
import { runRound, type Round, type RoundSize } from './rounds.ts';
import { openStage, type Stage } from './stage.ts';

const WARM_UP: RoundSize = { hops: 200, freeJobs: 50, holdJobs: 5, loadSeconds: 1, loadedHoldJobs: 20 };
const FULL: RoundSize = { hops: 400, freeJobs: 200, holdJobs: 25, loadSeconds: 3, loadedHoldJobs: 60 };
const ROUNDS = 5;
/** A machine that is busy with other things measures fewer rounds. */
const LAST_ROUND_STARTS_SECONDS = 120;

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const loadBefore = loadavg()[0] ?? Number.NaN;
const started = performance.now();
const stage = await openStage();
try {
  const rounds = await measure(stage);
  const report = makeReport(rounds, { loadBefore, tookSeconds: elapsedSeconds() });
  if (values.json) console.log(JSON.stringify(report, null, 2));
  else printReport(report);
} finally {
  await stage.close();
}

async function measure(on: Stage): Promise<Round[]> {
  await runRound(on, WARM_UP);
  const rounds: Round[] = [];
  while (rounds.length === 0 || (rounds.length < ROUNDS && elapsedSeconds() < LAST_ROUND_STARTS_SECONDS)) {
    rounds.push(await runRound(on, FULL));
    if (!values.json)
      console.error(`round ${rounds.length} of ${ROUNDS} after ${elapsedSeconds().toFixed(0)} s`);
  }
  return rounds;
}

function elapsedSeconds(): number {
  return (performance.now() - started) / 1000;
}
