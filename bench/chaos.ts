/**
 * A whole market in which everything fails: `npm run chaos`, and `npm run chaos -- --json` for machines. Providers,
 * customers and the bank are killed, paused and replaced; their ways to the relay are cut, throttled, silenced,
 * repeat and reorder; the database pauses and dies. At the end every paid job must be delivered once, given back or
 * booked as unclaimed, and all books must balance with the wallets. `--minutes` (60), `--seed`, `--machines 2` for
 * providers that share one Postgres, `--jobs` a second (2). It exits with 1 when a promise was broken; a seed that
 * fails belongs into `test/chaos/seeds.ts`.
 */
import { parseArgs } from 'node:util';
import { runChaos } from '../test/chaos/run-chaos.ts';
import { setup } from '../test/fixtures/bundle-programs.ts';
import { thisMachine } from './report.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    machines: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
  },
});
const seed = Number(values.seed);
console.error(`seed ${seed}`);
const removePrograms = await setup();
try {
  const report = await runChaos(
    {
      seed,
      seconds: Number(values.minutes) * 60,
      machines: Number(values.machines),
      jobsPerSecond: Number(values.jobs),
      troubleEveryMs: 1500,
    },
    (line) => console.error(line),
  );
  const { problems, ends, reported, ...figures } = report;
  if (values.json) console.log(JSON.stringify({ machine: thisMachine(), ...report }, null, 2));
  else {
    console.log(JSON.stringify(figures, null, 2));
    for (const [end, count] of sorted(ends)) console.log(`${String(count).padStart(7)} ${end}`);
    console.log('reported by parts and got over:');
    for (const [code, count] of sorted(reported)) console.log(`${String(count).padStart(7)} ${code}`);
    for (const problem of problems) console.log(`BROKEN: ${problem}`);
  }
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  await removePrograms();
}

function sorted(counts: Readonly<Record<string, number>>): readonly (readonly [string, number])[] {
  return Object.entries(counts).toSorted(([one], [other]) => one.localeCompare(other));
}
