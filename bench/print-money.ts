import type { MoneyReport, RailFigures } from './money-report.ts';
import { AT_ONCE, MODES, RAILS } from './money-rounds.ts';
import { printRun } from './print-report.ts';
import type { Latency } from './statistics.ts';

const RAIL_NAMES = {
  direct: 'wallets of the bank itself',
  nwc: 'over NWC, our driver',
  alby: "over NWC, Alby's client",
} as const;

/** Prints a report for people. */
export function printMoneyReport(report: MoneyReport): void {
  printRun(report);
  console.log(`\nPayments, an invoice made and paid         per second   of direct   p50 / p99 ms`);
  for (const rail of RAILS) {
    const { oneAtATime, atOnce } = report.payments[rail];
    printRail(`${RAIL_NAMES[rail]}, one at a time`, oneAtATime);
    printRail(`${RAIL_NAMES[rail]}, ${AT_ONCE} at once`, atOnce);
  }
  console.log(
    `\nJobs, one at a time            jobs   wish → in hand   wish → receipt   × free        added   events`,
  );
  for (const mode of MODES) {
    const { jobs, inHand, receipt, overFree, addedMs, eventsPerJob } = report.modes[mode];
    console.log(
      `  ${mode.padEnd(26)} ${jobs.toString().padStart(5)} ${pair(inHand, 0)} ${pair(receipt, 0)} ${pair(overFree, 1)} ` +
        `${addedMs.toFixed(0).padStart(7)} ${eventsPerJob.toFixed(1).padStart(8)}`,
    );
  }
  console.log(`\nThe bank              open → first payment, ms   MiB before → open → after payments`);
  for (const { what, openMs, firstPaymentMs, mibBefore, mibOpen, mibAfterPayments } of report.banks)
    console.log(
      `  ${what.padEnd(24)} ${openMs.toFixed(0).padStart(8)} → ${firstPaymentMs.toFixed(0).padStart(5)}` +
        `   ${mibBefore.toFixed(0)} → ${mibOpen.toFixed(0)} → ${mibAfterPayments?.toFixed(0) ?? '–'}`,
    );
}

function printRail(what: string, { perSecond, ofDirect, eachMs }: RailFigures): void {
  console.log(
    `  ${what.padEnd(41)} ${perSecond.toFixed(1).padStart(9)} ${`${(ofDirect * 100).toFixed(0)} %`.padStart(11)}   ` +
      pair(eachMs, 0),
  );
}

function pair({ p50, p99 }: Latency, digits: number): string {
  return `${p50.toFixed(digits)} / ${p99.toFixed(digits)}`.padStart(14);
}
