import type { Machine, Report, StageTime, Throughput } from './report.ts';
import type { Latency } from './statistics.ts';

/** Prints a report for people. */
export function printReport(report: Report): void {
  const { latency, overBareHops } = report;
  printRun(report);
  console.log('\nLatency, one job at a time                 p50 ms     p99 ms   × two bare hops');
  printLatency('two bare relay hops', latency.bareHops, null);
  printLatency('two hops through our relay', latency.relayHops, overBareHops.relayHops);
  printLatency('free job: published → result', latency.freeResult, overBareHops.freeResult);
  printLatency('free job: wish → receipt', latency.freeReceipt, overBareHops.freeReceipt);
  printLatency('hold-paid job: wish → result', latency.holdResult, null);
  printLatency('hold-paid job: wish → settled', latency.holdSettled, null);
  printThroughput(report.throughput);
  printStages('Where the time of a free job goes (medians)', report.freeStages);
  printStages('Where the time of a hold-paid job goes (medians)', report.holdStages);
}

/** Prints on what, beside what and for how long it was measured. */
export function printRun({
  machine,
  load,
  rounds,
  tookSeconds,
}: Pick<Report, 'machine' | 'load' | 'rounds' | 'tookSeconds'>): void {
  console.log(
    `${describe(machine)}; load ${load.before.toFixed(1)} before, ${load.after.toFixed(1)} after; ` +
      `${rounds} rounds in ${tookSeconds.toFixed(0)} s`,
  );
}

function describe({ cores, cpu, memoryGiB, kernel, node }: Machine): string {
  return `${cores} × ${cpu}, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}`;
}

function printLatency(what: string, { p50, p99 }: Latency, ratio: Latency | null): void {
  const over = ratio === null ? '' : `   ${ratio.p50.toFixed(1)} and ${ratio.p99.toFixed(1)}`;
  console.log(`  ${what.padEnd(36)} ${p50.toFixed(2).padStart(10)} ${p99.toFixed(2).padStart(10)}${over}`);
}

function printThroughput(throughput: Throughput): void {
  const share = (part: number) => `${(part * 100).toFixed(0)} % of the events that the relay alone takes in`;
  const line = (what: string, perSecond: number, more: string) =>
    console.log(`  ${what.padEnd(36)} ${perSecond.toFixed(1).padStart(10)}   ${more}`);
  console.log('\nDurable jobs per second of one provider process');
  line('the relay alone, events of free jobs', throughput.relayAlone, '');
  line('free', throughput.free, share(throughput.freeShare));
  line('hold-paid', throughput.hold, share(throughput.holdShare));
  console.log(
    `  CPU per free job: relay ${throughput.relayCpuMs.toFixed(2)} ms (alone ` +
      `${throughput.relayAloneCpuMs.toFixed(2)} ms), provider ${throughput.providerCpuMs.toFixed(2)} ms; ` +
      `${throughput.eventsPerHoldJob.toFixed(1)} events per hold-paid job`,
  );
}

function printStages(title: string, stages: readonly StageTime[]): void {
  console.log(`\n${title}`);
  for (const { from, to, ms } of stages)
    console.log(`  ${from.padEnd(26)} → ${to.padEnd(26)} ${ms.toFixed(2).padStart(8)} ms`);
}
