import { parentPort, workerData } from 'node:worker_threads';
import { seededRandom } from '../../regtest/seeded-random.ts';
import type { FuzzOrder, FuzzReport, TargetReport } from './run-fuzz.ts';
import { allTargets, drawsOf } from './targets.ts';

// The part of a fuzz run that may hang or run out of memory: its parent watches it.
const { seed, from, events, progress } = workerData as FuzzOrder;
const MAX_FAILURES = 20;
const lanes = (await allTargets()).map((target) => {
  const report: { -readonly [Field in keyof TargetReport]: TargetReport[Field] } = {
    name: target.name,
    events: 0,
    accepted: 0,
    slowestMs: 0,
    slowest: from,
  };
  return { target, report };
});
const totalWeight = lanes.reduce((sum, { target }) => sum + target.weight, 0);
const failures: FuzzReport['failures'][number][] = [];

for (let index = from; index < from + events && failures.length < MAX_FAILURES; index += 1) {
  Atomics.store(progress, 0, index);
  const draws = drawsOf(seed, index, seededRandom);
  const { target, report } = laneAt(draws.fraction() * totalWeight);
  const start = performance.now();
  try {
    if (await target.run(draws)) report.accepted += 1;
  } catch (error) {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    failures.push({ target: target.name, index, stack });
  }
  const tookMs = performance.now() - start;
  report.events += 1;
  if (tookMs > report.slowestMs) Object.assign(report, { slowestMs: tookMs, slowest: index });
}

const report: FuzzReport = { failures, targets: lanes.map((lane) => lane.report) };
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has no origin
parentPort?.postMessage(report);

function laneAt(place: number): (typeof lanes)[number] {
  let left = place;
  for (const lane of lanes) {
    left -= lane.target.weight;
    if (left < 0) return lane;
  }
  throw new Error('The place lies beyond all weights.');
}
