/**
 * Lets policies buy the same jobs in markets full of cheats, over a real relay with real payments:
 * `npm run simulate`, and `npm run simulate -- --json` for machines. `--jobs` says how many jobs each policy buys in
 * each market (70), `--tuning` takes the markets that policies may be tuned on.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { POLICIES } from '../src/customer/index.ts';
import { playContest } from '../test/simulation/contest.ts';
import { figuresOf, type Figures } from '../test/simulation/figures.ts';
import { naiveCheapest, naiveFastest } from '../test/simulation/naive-policies.ts';
import { JUDGING_SEEDS, TUNING_SEEDS } from '../test/simulation/seeds.ts';
import { thisMachine } from './report.ts';
import { printRun } from './print-report.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '70' },
    tuning: { type: 'boolean', default: false },
  },
});
const seeds = values.tuning ? TUNING_SEEDS : JUDGING_SEEDS;
const loadBefore = loadavg()[0] ?? Number.NaN;
const started = performance.now();
const outcomes = await playContest({
  contestants: {
    'naive cheapest': naiveCheapest,
    'naive fastest': naiveFastest,
    cheapest: POLICIES.cheapest.choose,
    fastest: POLICIES.fastest.choose,
    best: POLICIES.best.choose,
    balanced: POLICIES.balanced.choose,
  },
  seeds,
  size: 50,
  jobs: Number(values.jobs),
  onSeed: (seed) => console.error(`market ${seed} after ${elapsedSeconds().toFixed(0)} s`),
});
const report = {
  machine: thisMachine(),
  load: { before: loadBefore, after: loadavg()[0] ?? Number.NaN },
  rounds: seeds.length,
  tookSeconds: elapsedSeconds(),
  seeds,
  policies: Object.fromEntries([...outcomes].map(([name, jobs]) => [name, figuresOf(jobs)])),
};
if (values.json) console.log(JSON.stringify(report, null, 2));
else {
  printRun(report);
  printFigures(report.policies);
}

function printFigures(policies: Readonly<Record<string, Figures>>): void {
  console.log(
    `\n${'policy'.padEnd(16)}${['jobs', 'delivered', 'sat lost', 'sat per delivered', 'p50 s', 'p95 s'].map((head) => head.padStart(18)).join('')}`,
  );
  for (const [name, figures] of Object.entries(policies)) {
    const { jobs, deliveredShare, lostSats, satsPerDelivered, secondsP50, secondsP95 } = figures;
    const cells = [
      jobs.toString(),
      `${(deliveredShare * 100).toFixed(1)} %`,
      lostSats.toFixed(0),
      satsPerDelivered.toFixed(1),
      secondsP50.toFixed(0),
      secondsP95.toFixed(0),
    ];
    console.log(`${name.padEnd(16)}${cells.map((cell) => cell.padStart(18)).join('')}`);
  }
}

function elapsedSeconds(): number {
  return (performance.now() - started) / 1000;
}
