/**
 * Several providers on one Postgres and one relay, killed, paused and replaced throughout: none of the jobs is lost,
 * none is done twice. `node bench/many-machines.ts [jobs] [machines] [seed]`; 10,000 jobs on 3 machines unless told.
 * `Ctrl-C` asks for no more and counts what was asked; a second one ends it.
 */
import { fileURLToPath } from 'node:url';
import { runMachines } from '../test/postgres/run-machines.ts';

const [jobs = 10_000, machines = 3, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
const stopping = new AbortController();
const enough = new AbortController();
process.once('SIGINT', () => {
  enough.abort();
  process.once('SIGINT', () => stopping.abort(new Error('stopped')));
});
process.stdout.write(`seed ${seed}\n`);
const { seconds, ...report } = await runMachines({
  program: fileURLToPath(new URL('../test/postgres/provider-process.ts', import.meta.url)),
  machines,
  jobs,
  onePaidOf: 50,
  inFlight: 16,
  mostOpen: 64,
  troubleEveryJobs: Math.max(1, Math.round(jobs / 100)),
  databaseDiesAtJob: Math.round(jobs / 10),
  seed,
  signal: stopping.signal,
  enough: enough.signal,
});
const jobsPerSecond = Math.round((report.jobs / seconds) * 10) / 10;
const figures = { machines, seconds: Math.round(seconds), jobsPerSecond };
process.stdout.write(`${JSON.stringify({ ...figures, ...report }, null, 2)}\n`);
const isWhole =
  report.lost + report.doubled + report.askedTwice === 0 &&
  report.receipts === report.paidJobs &&
  report.settled === report.paidJobs;
process.exitCode = isWhole ? 0 : 1;
