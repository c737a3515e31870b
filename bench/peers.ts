/**
 * Measures us beside nostr-dvm and ezdvm, which do the same work for nothing on the same relay in one run:
 * `npm run bench:peers`, and `-- --json` for machines. Installs both from PyPI; takes about three minutes.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { installPythonProvider } from '../test/interop/python-environment.ts';
import { relayJobsPerSecond } from './load.ts';
import { measurePeer, type PeerRound } from './peer-rounds.ts';
import { printRun } from './print-report.ts';
import { thisMachine } from './report.ts';
import { openParts, startMarket } from './stage.ts';
import { medianOf } from './statistics.ts';

const ROUNDS = 3;
const RELAY_LOAD = { seconds: 3, inFlight: 64, stock: 7500 };
const scripts = new URL('../test/interop/python/', import.meta.url);

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const peers = [
  { name: 'coinop', command: process.execPath, script: new URL('./upper-case-provider.ts', import.meta.url) },
  {
    name: 'nostr-dvm',
    command: await installPythonProvider('nostr-dvm'),
    script: new URL('nostr_dvm_provider.py', scripts),
  },
  {
    name: 'ezdvm',
    command: await installPythonProvider('ezdvm'),
    script: new URL('ezdvm_provider.py', scripts),
  },
];

const loadBefore = loadavg()[0] ?? Number.NaN;
const started = performance.now();
const stage = await openParts(startMarket);
const rounds = new Map<string, PeerRound[]>(peers.map(({ name }) => [name, []]));
const relayAlone: { readonly jobsPerSecond: number }[] = [];
try {
  for (let round = 1; round <= ROUNDS; round++) {
    relayAlone.push(await relayJobsPerSecond(stage, RELAY_LOAD));
    for (const peer of peers) rounds.get(peer.name)?.push(await measurePeer(peer, stage.relayUrl));
    console.error(`round ${round} of ${ROUNDS} after ${elapsedSeconds().toFixed(0)} s`);
  }
} finally {
  await stage.close();
}

const carried = medianOf(relayAlone, ({ jobsPerSecond }) => jobsPerSecond);
const report = {
  machine: thisMachine(),
  load: { before: loadBefore, after: loadavg()[0] ?? Number.NaN },
  rounds: ROUNDS,
  tookSeconds: elapsedSeconds(),
  relayAloneJobsPerSecond: carried,
  peers: Object.fromEntries([...rounds].map(([name, each]) => [name, mediansOf(each)])),
};
if (values.json) console.log(JSON.stringify(report, null, 2));
else {
  printRun(report);
  printPeers();
}

function mediansOf(each: readonly PeerRound[]): PeerRound {
  return {
    coldStartMs: medianOf(each, ({ coldStartMs }) => coldStartMs),
    latency: {
      p50: medianOf(each, ({ latency }) => latency.p50),
      p99: medianOf(each, ({ latency }) => latency.p99),
    },
    jobsPerSecond: medianOf(each, ({ jobsPerSecond }) => jobsPerSecond),
    lostJobs: medianOf(each, ({ lostJobs }) => lostJobs),
    memoryMiB: medianOf(each, ({ memoryMiB }) => memoryMiB),
  };
}

function printPeers(): void {
  const heads = ['jobs/s', '% of relay', 'lost', 'p50 ms', 'p99 ms', 'memory MiB', 'cold start ms'];
  console.log(`\nThe relay alone carries the events of ${carried.toFixed(0)} such jobs per second`);
  console.log(`${'provider'.padEnd(12)}${heads.map((head) => head.padStart(15)).join('')}`);
  for (const [name, { jobsPerSecond, lostJobs, latency, memoryMiB, coldStartMs }] of Object.entries(
    report.peers,
  )) {
    const cells = [
      jobsPerSecond.toFixed(1),
      ((100 * jobsPerSecond) / carried).toFixed(1),
      lostJobs.toFixed(0),
      latency.p50.toFixed(1),
      latency.p99.toFixed(1),
      memoryMiB.toFixed(0),
      coldStartMs.toFixed(0),
    ];
    console.log(`${name.padEnd(12)}${cells.map((cell) => cell.padStart(15)).join('')}`);
  }
}

function elapsedSeconds(): number {
  return (performance.now() - started) / 1000;
}
