/**
 * Several providers on one Postgres and one relay, killed, paused and replaced throughout: none of the jobs is lost,
 * none is done twice. `node bench/many-machines.ts [jobs] [machines] [seed]`; 10,000 jobs on 3 machines unless told.
 */
import { fileURLToPath } from 'node:url';
import { runMachines } from '../test/postgres/run-machines.ts';

const [jobs = 10_000, machines = 3, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort(new Error('stopped')));
process.stdout.write(`seed ${seed}\n`);
const { seconds, ...report } = await runMachines({
  program: fileURLToPath(new URL('../test/postgres/provider-process.ts', import.meta.url)),
  machines,
  jobs,
  onePaidOf: 50,
  inFlight: 16,
  troubleEveryJobs: Math.max(1, Math.round(jobs / 40)),
  databaseDiesAtJob: Math.round(jobs / 2),
  seed,
  signal: stopping.signal,
});
const figures = { jobs, machines, seconds: Math.round(seconds), jobsPerSecond: Math.round(jobs / seconds) };
process.stdout.write(`${JSON.stringify({ ...figures, ...report }, null, 2)}\n`);
const isWhole =
  report.lost + report.doubled + report.askedTwice === 0 &&
  report.receipts === report.paidJobs &&
  report.settled === report.paidJobs;
process.exitCode = isWhole ? 0 : 1;
