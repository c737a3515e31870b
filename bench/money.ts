/**
 * Measures what moving money costs, and what each exchange mode adds to a free job, side by side in one run:
 * `npm run bench:money`, and `npm run bench:money -- --json` for machines. Takes less than four minutes.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { makeMoneyReport } from './money-report.ts';
import { runMoneyRound, type MoneyRound, type MoneyRoundSize } from './money-rounds.ts';
import { openMoneyStage, type MoneyStage } from './money-stage.ts';
import { printMoneyReport } from './print-money.ts';

/** Wallets of the bank whose memory is measured. */
const WALLETS = 100;
const WARM_UP: MoneyRoundSize = {
  payments: 3,
  paymentsAtOnce: 10,
  jobs: 3,
  ecashJobs: 1,
  wallets: WALLETS,
  paymentsOfFullBank: 1,
};
const FULL: MoneyRoundSize = {
  payments: 10,
  paymentsAtOnce: 100,
  jobs: 20,
  ecashJobs: 6,
  wallets: WALLETS,
  paymentsOfFullBank: 300,
};
const ROUNDS = 5;
/** A machine that is busy with other things measures fewer rounds: none begins that would end later than this. */
const LAST_ROUND_ENDS_SECONDS = 220;

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const loadBefore = loadavg()[0] ?? Number.NaN;
const started = performance.now();
const stage = await openMoneyStage();
try {
  const rounds = await measure(stage);
  const report = makeMoneyReport(rounds, { loadBefore, tookSeconds: elapsedSeconds(), wallets: WALLETS });
  if (values.json) console.log(JSON.stringify(report, null, 2));
  else printMoneyReport(report);
} finally {
  await stage.close();
}

async function measure(on: MoneyStage): Promise<MoneyRound[]> {
  await runMoneyRound(on, WARM_UP, ROUNDS);
  const rounds: MoneyRound[] = [];
  let longestSeconds = 0;
  while (
    rounds.length === 0 ||
    (rounds.length < ROUNDS && elapsedSeconds() + longestSeconds < LAST_ROUND_ENDS_SECONDS)
  ) {
    const began = elapsedSeconds();
    rounds.push(await runMoneyRound(on, FULL, rounds.length));
    longestSeconds = Math.max(longestSeconds, elapsedSeconds() - began);
    if (!values.json)
      console.error(`round ${rounds.length} of ${ROUNDS} after ${elapsedSeconds().toFixed(0)} s`);
  }
  return rounds;
}

function elapsedSeconds(): number {
  return (performance.now() - started) / 1000;
}
