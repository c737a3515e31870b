import { expect, it } from 'vitest';
import { programFile } from '../fixtures/program-file.ts';
import { runMachines } from './run-machines.ts';

const JOBS = 60;
const seed = Number(process.env['COINOP_MACHINES_SEED'] ?? Date.now() % 2 ** 31);

it(`does every job once and is paid once for each, whatever is killed meanwhile (COINOP_MACHINES_SEED=${seed})`, async () => {
  const report = await runMachines({
    program: programFile(new URL('./provider-process.ts', import.meta.url)),
    machines: 3,
    jobs: JOBS,
    onePaidOf: 6,
    inFlight: 4,
    mostOpen: 40,
    troubleEveryJobs: 15,
    databaseDiesAtJob: 30,
    seed,
    signal: AbortSignal.timeout(150_000),
  });
  expect(report).toMatchObject({ lost: 0, doubled: 0, askedTwice: 0, paidJobs: 20 });
  expect(report.sales).toEqual({ 'closed none': 40, 'closed settled': 20 });
  expect(report).toMatchObject({ receipts: 20, settled: 20, receivedSats: 100, bookedSats: 100 });
}, 180_000);
