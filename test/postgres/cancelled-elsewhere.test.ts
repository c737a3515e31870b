import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { pause, unixNow } from '../../src/clock/index.ts';
import { generateSecretKey, secretKeySigner, type Signer } from '../../src/keys/index.ts';
import { openPostgresLedger } from '../../src/ledger/sql.ts';
import type { Ledger } from '../../src/ledger/index.ts';
import { orThrow, type NostrEvent } from '../../src/protocol/index.ts';
import { service, startProvider, type JobHandler, type Provider } from '../../src/provider/index.ts';
import { openFaultyRelay, type FaultyRelay } from '../chaos/faulty-relay.ts';
import { openRelayStage, type RelayStage } from '../fixtures/relay-stage.ts';
import { startPostgres, type PostgresServer } from '../fixtures/postgres-server.ts';

const KIND = 5950;
const PATIENCE_MS = 60_000;

/** A process of the provider, with a way to the relay that can fail. */
interface Process {
  readonly ledger: Ledger;
  readonly way: FaultyRelay;
  readonly provider: Provider;
  /** Texts of the jobs that its handler was given, and of those that were taken out of its hands. */
  readonly begun: string[];
  readonly interrupted: string[];
}

const customer = secretKeySigner(generateSecretKey());
let stage: RelayStage;
let server: PostgresServer;
let url: string;
/** The provider of each test is another: the relay keeps what was asked of the ones before. */
let signer: Signer;
const processes: Process[] = [];

beforeAll(async () => {
  stage = await openRelayStage();
  server = await startPostgres();
}, PATIENCE_MS);
afterAll(async () => {
  await stage.close();
  await server.remove();
}, PATIENCE_MS);
beforeEach(async () => {
  url = await server.newDatabase();
  signer = secretKeySigner(generateSecretKey());
});
afterEach(async () => {
  for (const { provider, ledger, way } of processes.splice(0)) {
    await provider.close({ graceMs: 0 });
    await ledger.close();
    await way.close();
  }
}, PATIENCE_MS);

/** Starts another process on the same books. A job that is called long takes until it is interrupted. */
async function startProcess(leaseSeconds: number): Promise<Process> {
  const ledger = await openPostgresLedger({ url, now: unixNow });
  const way = await openFaultyRelay(stage.relay.url, Math.random);
  const [begun, interrupted]: [string[], string[]] = [[], []];
  const handler: JobHandler = async ({ text, signal }) => {
    begun.push(text);
    if (text === 'long') await pause(3_600_000, signal);
    if (signal.aborted) interrupted.push(text);
    signal.throwIfAborted();
    return `done ${text}`;
  };
  const provider = orThrow(
    await startProvider({
      signer,
      ledger,
      wallet: null,
      relays: stage.openPool(),
      relayUrls: [way.url],
      services: [service({ kind: KIND, handler, worstSeconds: 500 })],
      limits: { leaseSeconds, sweepSeconds: 1 },
    }),
  );
  const started = { ledger, way, provider, begun, interrupted };
  processes.push(started);
  return started;
}

async function publish(kind: number, tags: string[][]): Promise<NostrEvent> {
  const event = await customer.sign({ kind, tags, content: '', created_at: unixNow() });
  const [receipt] = await stage.openPool().publish(event, [stage.relay.url]);
  expect(receipt?.outcome).toBe('accepted');
  return event;
}

const ask = (text: string) =>
  publish(KIND, [
    ['i', text, 'text'],
    ['p', signer.pubkey],
    ['relays', stage.relay.url],
  ]);

const cancel = ({ id }: NostrEvent) =>
  publish(5, [
    ['e', id],
    ['k', `${KIND}`],
  ]);

const until = (holds: () => unknown) => vi.waitFor(holds, { timeout: PATIENCE_MS, interval: 20 });

/** What anybody can read of what the provider said of a job: kinds, and statuses of feedback. */
async function answersTo({ id }: NostrEvent): Promise<string[]> {
  const filter = { authors: [signer.pubkey], '#e': [id] };
  const said = await stage.openPool().query([stage.relay.url], [filter]);
  return said.map(({ kind, tags }) => `${kind} ${tags.find(([name]) => name === 'status')?.[1] ?? ''}`);
}

it(
  'a job that another process has in its hands is cancelled by that one alone',
  async () => {
    const worker = await startProcess(120);
    const job = await ask('long');
    await until(() => expect(worker.begun).toEqual(['long']));
    worker.way.refuse(true); // it works on, and hears of no cancellation
    const neighbour = await startProcess(120);
    await cancel(job);
    await ask('short');
    await until(() => expect(neighbour.begun).toEqual(['short']));
    const workOf = async () => (await neighbour.ledger.sales.get(signer.pubkey, job.id))?.work;
    expect(await workOf()).toBe('working');
    expect(worker.interrupted).toEqual([]);

    worker.way.refuse(false);
    await until(() => expect(worker.interrupted).toEqual(['long']));
    await until(async () => expect(await workOf()).toBe('cancelled'));
    await until(async () => expect(await answersTo(job)).toContain('7000 error'));
    expect((await answersTo(job)).filter((said) => said.startsWith('6950'))).toEqual([]);
    expect(neighbour.begun).toEqual(['short']);
  },
  2 * PATIENCE_MS,
);

it(
  'a job that was cancelled while another process had it is not taken over when that one is gone',
  async () => {
    const worker = await startProcess(4);
    const job = await ask('long');
    await until(() => expect(worker.begun).toEqual(['long']));
    const neighbour = await startProcess(4);
    worker.way.refuse(true);
    await worker.ledger.close(); // it keeps no lease any more
    await cancel(job);
    const sale = () => neighbour.ledger.sales.get(signer.pubkey, job.id);
    await until(async () => expect(await sale()).toMatchObject({ work: 'cancelled', result: null }));
    await until(async () => expect(await answersTo(job)).toContain('7000 error'));
    expect(neighbour.begun).toEqual([]);
  },
  2 * PATIENCE_MS,
);

it(
  'a result of a process that alone reached its relays is sent where the others are',
  async () => {
    const gone = await openFaultyRelay(stage.relay.url, Math.random);
    await gone.close();
    const { ledger } = await startProcess(30);
    const job = await ask('short');
    const result = await signer.sign({
      kind: KIND + 1000,
      tags: [['e', job.id]],
      content: 'what the lost machine made',
      created_at: unixNow(),
    });
    await ledger.outbox.enqueue([{ event: result, relays: [gone.url] }]);
    await until(async () => expect(await ledger.outbox.get(result.id)).toMatchObject({ state: 'published' }));
    expect(await stage.openPool().query([stage.relay.url], [{ ids: [result.id] }])).toEqual([result]);
  },
  2 * PATIENCE_MS,
);
