import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildJobRequest, findTag } from '../src/protocol/index.ts';
import { publishFrame, ScriptedClient } from './scripted-client.ts';
import { INPUT_TEXT, newSigner } from './signed-jobs.ts';
import { latencyOf, type Latency } from './statistics.ts';

/** A provider program that upper-cases text for nothing: its kind in `KIND`, its relay in `RELAY_URL`. */
export interface Peer {
  readonly name: string;
  readonly command: string;
  readonly script: URL;
}

/** What one life of a provider showed. */
export interface PeerRound {
  /** From the start of its process to the first result of a job that is asked for all the time. */
  readonly coldStartMs: number;
  /** Request sent → result heard, one job at a time. */
  readonly latency: Latency;
  readonly jobsPerSecond: number;
  /** Jobs of the load that brought nothing until `PATIENCE_MS` after the last one was sent. */
  readonly lostJobs: number;
  /** Resident memory of all its processes after the load. */
  readonly memoryMiB: number;
}

const ONE_BY_ONE = 50;
const LOAD_SECONDS = 5;
const IN_FLIGHT = 32;
/** How many requests are signed for the load; more than any provider here answers in the time. */
const STOCK = 6000;
const ASK_EVERY_MS = 100;
const PATIENCE_MS = 15_000;

const customer = newSigner();
/** Kinds of which nobody has said what their requests hold. */
let lastKind = 5830;

/** Lets a provider live once, on a kind that nobody else serves. */
export async function measurePeer(peer: Peer, relayUrl: string): Promise<PeerRound> {
  const kind = (lastKind += 1);
  const dir = await mkdtemp(join(tmpdir(), 'coinop-peer-'));
  const client = await ScriptedClient.connect(relayUrl);
  const results = new ResultListener(client);
  await client.subscribe({ kinds: [kind + 1000] });
  const startedAt = performance.now();
  const child = spawn(peer.command, [fileURLToPath(peer.script), join(dir, 'state')], {
    cwd: dir,
    detached: true,
    stdio: process.env['COINOP_BENCH_LOG'] === undefined ? 'ignore' : 'inherit',
    env: { PATH: process.env['PATH'] ?? '', HOME: dir, RELAY_URL: relayUrl, KIND: String(kind) },
  });
  const closed = once(child, 'close');
  try {
    await askUntilAnswered(peer, client, results, kind);
    const coldStartMs = performance.now() - startedAt;
    const latency = latencyOf(await askOneByOne(client, results, kind));
    const load = await askManyAtOnce(client, results, kind);
    return { coldStartMs, latency, ...load, memoryMiB: await groupMemoryMiB(child.pid ?? 0) };
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    await closed;
    await client.close();
    await rm(dir, { recursive: true, force: true });
  }
}

/** Tells of the first result of each request. */
class ResultListener {
  readonly #waiting = new Map<string, () => void>();

  constructor(client: ScriptedClient) {
    client.onEvent = (event) => {
      const requestId = findTag(event, 'e')?.[1] ?? '';
      const tell = this.#waiting.get(requestId);
      this.#waiting.delete(requestId);
      tell?.();
    };
  }

  once(requestId: string, tell: () => void): void {
    this.#waiting.set(requestId, tell);
  }

  get unanswered(): number {
    return this.#waiting.size;
  }

  forget(): void {
    this.#waiting.clear();
  }
}

async function askUntilAnswered(
  { name }: Peer,
  client: ScriptedClient,
  results: ResultListener,
  kind: number,
): Promise<void> {
  let isAnswered = false;
  for (const giveUpAt = performance.now() + 120_000; !isAnswered; await sleep(ASK_EVERY_MS)) {
    if (performance.now() > giveUpAt) throw new Error(`${name} did not start`);
    const { id, frame } = await signJob(kind);
    results.once(id, () => {
      isAnswered = true;
    });
    client.send(frame);
  }
  results.forget();
}

async function askOneByOne(client: ScriptedClient, results: ResultListener, kind: number): Promise<number[]> {
  const samples: number[] = [];
  for (let asked = 0; asked < ONE_BY_ONE; asked++) {
    const { id, frame } = await signJob(kind);
    const { promise, resolve } = Promise.withResolvers<void>();
    results.once(id, resolve);
    const sentAt = performance.now();
    client.send(frame);
    await Promise.race([promise, sleep(PATIENCE_MS, undefined, { ref: false })]);
    samples.push(performance.now() - sentAt);
  }
  results.forget();
  return samples;
}

async function askManyAtOnce(
  client: ScriptedClient,
  results: ResultListener,
  kind: number,
): Promise<Pick<PeerRound, 'jobsPerSecond' | 'lostJobs'>> {
  const stock = await Promise.all(Array.from({ length: STOCK }, () => signJob(kind)));
  const startedAt = performance.now();
  const allDone = Promise.withResolvers<void>();
  let jobs = 0;
  let lastAt = startedAt;
  const sendNext = (): void => {
    const next = performance.now() - startedAt < LOAD_SECONDS * 1000 ? stock.pop() : undefined;
    if (next === undefined) {
      if (results.unanswered === 0) allDone.resolve();
      return;
    }
    results.once(next.id, () => {
      jobs += 1;
      lastAt = performance.now();
      sendNext();
    });
    client.send(next.frame);
  };
  for (let sent = 0; sent < IN_FLIGHT; sent++) sendNext();
  await Promise.race([allDone.promise, sleep(LOAD_SECONDS * 1000 + PATIENCE_MS, undefined, { ref: false })]);
  const lostJobs = results.unanswered;
  results.forget();
  return { jobsPerSecond: jobs / ((lastAt - startedAt) / 1000), lostJobs };
}

/** A request as plain NIP-90 customers send it. */
async function signJob(kind: number): Promise<{ readonly id: string; readonly frame: string }> {
  const template = buildJobRequest({
    kind,
    inputs: [{ data: INPUT_TEXT, type: 'text', relay: null, marker: null }],
    params: new Map(),
    outputs: [],
    relays: [],
    targets: [],
    exchanges: [],
    content: '',
    chain: new Map(),
    createdAt: Math.floor(Date.now() / 1000),
  });
  const salt = ['salt', randomBytes(8).toString('hex')];
  const event = await customer.sign({ ...template, tags: [...template.tags, salt] });
  return { id: event.id, frame: publishFrame(event) };
}

/** What the processes of a group hold in memory, by Linux. */
async function groupMemoryMiB(group: number): Promise<number> {
  let kibibytes = 0;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const [stat, status] = await Promise.all(
      ['stat', 'status'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
    );
    const groupOfProcess = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[2];
    if (Number(groupOfProcess) === group)
      kibibytes += Number(/^VmRSS:\s+(\d+)/m.exec(status ?? '')?.[1] ?? 0);
  }
  return kibibytes / 1024;
}
