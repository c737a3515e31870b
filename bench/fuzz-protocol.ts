import { runFuzz, type TargetReport } from '../test/protocol/fuzz/run-fuzz.ts';

// Shows COINOP_FUZZ_EVENTS (a million unless told) generated and mutated events to every reader of the protocol
// room. COINOP_FUZZ_SEED chooses them; a run with the same seed and COINOP_FUZZ_FROM repeats an event that failed.
const told = (name: string, fallback: number): number =>
  Number(process.env[`COINOP_FUZZ_${name}`] ?? fallback);
const run = {
  seed: told('SEED', Date.now() % 2 ** 31),
  from: told('FROM', 0),
  events: told('EVENTS', 1_000_000),
};
console.log(`${run.events} events from number ${run.from}, seed ${run.seed}`);

const start = performance.now();
const { failures, targets } = await runFuzz(run);
const seconds = (performance.now() - start) / 1000;

const isShy = ({ events, accepted }: TargetReport) => accepted * 3 < events;
for (const target of targets) {
  const { name, events, accepted, slowestMs, slowest } = target;
  const share = `${((100 * accepted) / events).toFixed(0)} %`.padStart(6);
  const worst = `${slowestMs.toFixed(1)} ms (event ${slowest})`;
  console.log(`${name.padEnd(32)} ${String(events).padStart(7)} ${share} accepted   slowest ${worst}`);
}
for (const { target, index, stack } of failures) console.error(`${target}, event ${index}: ${stack}`);
console.log(
  `${failures.length} failures in ${seconds.toFixed(0)} s, ${(run.events / seconds).toFixed(0)} events/s`,
);
if (failures.length > 0 || targets.some(isShy)) process.exitCode = 1;
