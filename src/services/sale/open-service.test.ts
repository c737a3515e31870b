import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openHttpStage, type HttpStage } from '../../../test/fixtures/http-stage.ts';
import { jobContext, resolvedInput, runJob } from '../../../test/fixtures/job-context.ts';
import { openRelayStage } from '../../../test/fixtures/relay-stage.ts';
import { createGuardedFetch } from '../../http/node.ts';
import type { Service } from '../../provider/index.ts';
import type { ShelfContext } from '../shelf-service.ts';
import { openService } from './open-service.ts';
import { ServiceSettings } from './service-settings.ts';

type RelayStage = Awaited<ReturnType<typeof openRelayStage>>;

let relay: RelayStage;
let dir: string;
let endpoint: HttpStage;

beforeAll(async () => {
  relay = await openRelayStage();
  dir = await mkdtemp(join(tmpdir(), 'coinop-sale-'));
  endpoint = await openHttpStage((request) =>
    request.headers.get('authorization') === 'Bearer right'
      ? new Response('', { status: 405 })
      : new Response('', { status: 401 }),
  );
});
afterAll(async () => {
  await endpoint.close();
  await relay.close();
  await rm(dir, { recursive: true });
});

function open(settings: object) {
  const closing = new AbortController();
  const context: ShelfContext = {
    pubkey: '00'.repeat(32),
    relays: relay.openPool(),
    relayUrls: [relay.relay.url],
    fetch: createGuardedFetch(),
    dir,
    now: () => 1_700_000_000,
    tellOperator: () => undefined,
    signal: closing.signal,
    onClose: (close) => onTestFinished(close),
  };
  return openService(ServiceSettings.parse(settings), context);
}

async function opened(settings: object): Promise<Service> {
  const service = await open(settings);
  if (!service.ok) throw new Error(`${service.failure.code}: ${service.failure.message}`);
  return service.value;
}

describe('the terms of the operator', () => {
  it('stand in place of what is usual', async () => {
    const terms = {
      id: 'echo',
      name: 'Echo',
      about: 'Says it again.',
      picture: 'https://echo.example/mountain.png',
      seller: 'The mountain',
      usual_seconds: 90,
      worst_seconds: 60,
      concurrency: 7,
      queue_limit: 3,
      proof_of_work_bits: 12,
      attempts: 3,
      retry_after_seconds: 5,
      exchanges: ['prepay'],
      wait_for_payment: true,
      spend_up_to_sat: 4,
      rescue: { on: ['late'], late_seconds: 7, from_sat: 9, targeted: true },
    };
    const echo = await opened({ kind: 5050, price_sat: 2, exec: 'cat', ...terms });
    expect(echo).toMatchObject({
      id: 'echo',
      kind: 5050,
      picture: 'https://echo.example/mountain.png',
      seller: 'The mountain',
      priceMsat: 2000n,
      usualSeconds: 60,
      worstSeconds: 60,
      concurrency: 7,
      queueLimit: 3,
      proofOfWorkBits: 12,
      attempts: 3,
      retryAfterSeconds: 5,
      exchanges: ['prepay'],
      chainedInputs: 'wait-for-payment',
      spendUpToMsat: 4000n,
      rescue: { reasons: ['late'], lateSeconds: 7, fromMsat: 9000n, targeted: true },
    });
    expect(echo.pricing).toBeUndefined();
    const job = jobContext({ kind: 5050, inputs: [resolvedInput('hi')] });
    expect((await runJob(echo.handler, job)).content).toBe('hi');
    expect(await opened({ shelf: 'summarization' })).toMatchObject({ id: 'summarization', kind: 5001 });
    expect(await opened({ shelf: 'summarization', price_sat: 0 })).toMatchObject({ priceMsat: 0n });
  });

  it('may be a price that is not always the same', async () => {
    const shared = { kind: 5050, exec: 'cat' };
    const byUnit = await opened({ ...shared, per_unit: { unit: 'words', price_sat: 3, min_sat: 6 } });
    expect(byUnit).toMatchObject({ priceMsat: 6000n, pricing: { isFixed: false, rivalry: null } });
    const busy = await opened({
      ...shared,
      price_sat: 10,
      by_load: { idle_percent: 50, busy_percent: 200, busy_jobs: 4 },
      undercut: { floor_sat: 2, by_sat: 1, requotes: 2 },
    });
    expect(busy).toMatchObject({ priceMsat: 2000n, pricing: { fromMsat: 2000n, rivalry: { requotes: 2 } } });
  });

  it('may be more proof of work the longer the queue is', async () => {
    const { proofOfWorkBits } = await opened({
      kind: 5050,
      price_sat: 0,
      exec: 'cat',
      proof_of_work_bits: { idle: 4, most: 6 },
    });
    if (typeof proofOfWorkBits !== 'function') expect.unreachable();
    const load = { running: 0, concurrency: 1, secondsPerJob: 1 };
    expect([0, 1, 100].map((waiting) => proofOfWorkBits({ ...load, waiting }))).toEqual([4, 5, 6]);
  });
});

describe('what is missing is said before anything is sold', () => {
  it('a program', async () => {
    for (const exec of ['no-such-program --flag', ['/no/such/program'], './none.sh x'])
      expect(await open({ kind: 5050, price_sat: 1, exec })).toMatchObject({
        failure: { code: 'tool-missing' },
      });
    for (const exec of ['sh none.sh x', ['sh', './none.sh']])
      expect(await open({ kind: 5050, price_sat: 1, exec })).toMatchObject({
        failure: {
          code: 'tool-missing',
          message: expect.stringMatching(/^There is no script \S*none\.sh; /) as string,
        },
      });
    await writeFile(join(dir, 'some.sh'), 'cat');
    for (const exec of ['sh -c none.sh', `sh ${join(dir, 'some.sh')} none.sh`])
      expect(await open({ kind: 5050, price_sat: 1, exec })).toMatchObject({ ok: true });
    for (const exec of ['A=1 cat', '(cat)', 'cd / && cat', '"$SHELL" -c cat'])
      expect(await open({ kind: 5050, price_sat: 1, exec })).toMatchObject({ ok: true });
  });

  it('an endpoint, or its key', async () => {
    onTestFinished(() => void vi.unstubAllEnvs());
    const http = (key: string, origin = endpoint.origin) => {
      vi.stubEnv('COINOP_TEST_KEY', key);
      return open({ kind: 5050, price_sat: 1, http: { url: origin, key_env: 'COINOP_TEST_KEY' } });
    };
    expect(await http('right')).toMatchObject({ ok: true });
    expect(await http('wrong')).toMatchObject({ failure: { code: 'key-refused' } });
    expect(await http('')).toMatchObject({ failure: { code: 'key-missing' } });
    expect(await http('right', 'http://127.0.0.1:1')).toMatchObject({
      failure: { code: 'endpoint-unreachable' },
    });
    const model = { url: `${endpoint.origin}/v1`, model: 'small', key_env: 'COINOP_TEST_KEY' };
    vi.stubEnv('COINOP_TEST_KEY', 'right');
    expect(await opened({ price_sat: 1, model })).toMatchObject({
      kind: 5050,
      about: expect.stringContaining('small') as string,
    });
  });

  it('a module, and its kind', async () => {
    expect(await open({ price_sat: 1, module: './none.ts' })).toMatchObject({
      failure: { code: 'module-not-found' },
    });
  });
});
