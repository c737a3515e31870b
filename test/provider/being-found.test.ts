import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import { generateSecretKey, secretKeySigner, type Signer } from '../../src/keys/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import type { Ledger, WorkState } from '../../src/ledger/index.ts';
import {
  ANNOUNCEMENT_KIND,
  buildCancellation,
  buildJobRequest,
  buildRelayList,
  HEARTBEAT_KIND,
  orThrow,
  type Failure,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import {
  JobFailure,
  service,
  startProvider,
  withdrawServices,
  type Provider,
  type ProviderOptions,
  type Service,
} from '../../src/provider/index.ts';
import { createInlineVerifier, createRelayPool, type RelayPool } from '../../src/relays/index.ts';
import { startScriptedRelay, stopScriptedRelays, type ScriptedRelay } from '../relays/scripted-relay.ts';

const verifier = createInlineVerifier();
let relay: ScriptedRelay;
let pool: RelayPool;
let ledger: Ledger;
const providers: Provider[] = [];
const troubles: Failure[] = [];

beforeAll(async () => {
  relay = await startScriptedRelay();
  pool = createRelayPool({ verifier });
  ledger = openSqlLedger({ path: ':memory:', now: unixNow });
});
afterEach(async () => {
  for (const provider of providers.splice(0)) await provider.close({ graceMs: 0 });
  troubles.length = 0;
  relay.script = (_client, _message, honestly) => honestly();
});
afterAll(async () => {
  await pool.close();
  await ledger.close();
  await stopScriptedRelays();
  await verifier.close();
});

async function sell(
  services: readonly Service[],
  told: Partial<ProviderOptions> = {},
): Promise<{ provider: Provider; signer: Signer }> {
  const signer = told.signer ?? secretKeySigner(generateSecretKey());
  const provider = orThrow(
    await startProvider({
      ledger,
      wallet: null,
      relays: pool,
      relayUrls: [relay.url],
      services,
      limits: { sweepSeconds: 300 },
      onTrouble: (trouble) => troubles.push(trouble),
      ...told,
      signer,
    }),
  );
  providers.push(provider);
  return { provider, signer };
}

const customer = secretKeySigner(generateSecretKey());
async function ask(provider: Provider, kind = 5050, by: Signer = customer): Promise<NostrEvent> {
  const request = await by.sign(
    buildJobRequest({
      kind,
      inputs: [{ data: 'a red fox', type: 'text', relay: null, marker: null }],
      params: new Map(),
      outputs: [],
      relays: [],
      targets: [provider.pubkey],
      content: crypto.randomUUID(),
      createdAt: unixNow(),
    }),
  );
  await pool.publish(request, [relay.url]);
  return request;
}

/** What stands on the relay about a request, of that kind, or `undefined`. */
const answersTo = ({ id }: NostrEvent, kind: number) =>
  relay.stored.filter(
    (event) => event.kind === kind && event.tags.some(([name, value]) => name === 'e' && value === id),
  );
const until = <Found>(find: () => Found | undefined): Promise<Found> =>
  vi.waitFor(
    () => {
      const found = find();
      if (found === undefined) throw new Error('It has not come.');
      return found;
    },
    { timeout: 20_000, interval: 20 },
  );
const resultOf = (request: NostrEvent) => until(() => answersTo(request, request.kind + 1000)[0]);
const shout = service({ kind: 5050, handler: async ({ text }) => text.toUpperCase() });

describe('several providers over one pool and one ledger', () => {
  it('each sell under a key of their own, and none waits for another', async () => {
    const [one, two] = [await sell([shout]), await sell([shout])];
    const requests = [await ask(one.provider), await ask(two.provider)];
    for (const [index, { signer }] of [one, two].entries()) {
      const result = await resultOf(requests[index] as NostrEvent);
      expect(result).toMatchObject({ pubkey: signer.pubkey, content: 'A RED FOX' });
      // The sweep is five minutes away: each hears of its own results, whoever sent them.
      await until(() =>
        relay.stored.find(({ kind, pubkey }) => kind === HEARTBEAT_KIND && pubkey === signer.pubkey),
      );
      const isClosed = async () =>
        expect(
          (await ledger.sales.get(signer.pubkey, result.tags.find(([name]) => name === 'e')?.[1] ?? ''))
            ?.work,
        ).toBe('closed');
      await vi.waitFor(isClosed, { timeout: 20_000 });
    }
    await one.provider.close({ graceMs: 0 });
    expect((await resultOf(await ask(two.provider))).pubkey).toBe(two.signer.pubkey);
  });
});

describe('where answers go', () => {
  it('is where the customer reads, if its request does not say', async () => {
    const list = buildRelayList({ read: ['wss://inbox.example'], write: [relay.url], createdAt: unixNow() });
    const settled = secretKeySigner(generateSecretKey());
    await pool.publish(await settled.sign(list), [relay.url]);
    const { provider } = await sell([shout]);
    const result = await resultOf(await ask(provider, 5050, settled));
    expect((await ledger.outbox.get(result.id))?.alsoRelays).toEqual(['wss://inbox.example']);
  });
});

describe('announcements', () => {
  const announced = (pubkey: string) =>
    relay.stored.filter((event) => event.kind === ANNOUNCEMENT_KIND && event.pubkey === pubkey).length;

  it('are withdrawn of what is no longer sold, and of nothing else', async () => {
    const { signer } = await sell([shout, service({ kind: 5001, id: 'short', handler: async () => '' })]);
    await pool.publish(
      await signer.sign({
        kind: ANNOUNCEMENT_KIND,
        created_at: unixNow(),
        tags: [
          ['d', 'app'],
          ['k', '1'],
        ],
        content: '',
      }),
      [relay.url],
    );
    expect(announced(signer.pubkey)).toBe(3);
    const from = { signer, relays: pool, relayUrls: [relay.url], now: unixNow };
    const options = { signal: new AbortController().signal };
    expect(await withdrawServices(from, (id) => id === 'short', options)).toEqual(['coinop-5050']);
    const deletion = relay.stored.find(({ kind, pubkey }) => kind === 5 && pubkey === signer.pubkey);
    expect(deletion?.tags).toEqual([
      ['a', `31990:${signer.pubkey}:coinop-5050`],
      ['k', '31990'],
    ]);
    expect(await withdrawServices(from, (id) => ['short', 'coinop-5050'].includes(id), options)).toEqual([]);
  });
});

describe('a relay that wants money', () => {
  it('is reported once, and the others carry on', async () => {
    const paid = await startScriptedRelay();
    paid.script = (client, [type, event], honestly) => {
      if (type !== 'EVENT') return honestly();
      client.say('OK', (event as NostrEvent).id, false, 'restricted: pay for admission first');
    };
    const { provider } = await sell([shout], { relayUrls: [paid.url, relay.url] });
    for (const request of [await ask(provider), await ask(provider)]) await resultOf(request);
    const told = () => troubles.filter(({ data }) => data?.['relay'] === paid.url).map(({ code }) => code);
    await vi.waitFor(() => expect(told()).toEqual(['relay-wants-payment']), { timeout: 20_000 });
    await resultOf(await ask(provider));
    expect(told()).toEqual(['relay-wants-payment']);
  });
});

describe('a handler that fails', () => {
  it('is tried again, with the same key, as often as its service allows and only where it says so', async () => {
    const keys: string[] = [];
    const flaky = (kind: number, attempts: number, retryable: boolean) =>
      service({
        kind,
        id: `flaky-${kind}`,
        attempts,
        retryAfterSeconds: 0.05,
        handler: async ({ idempotencyKey }) => {
          keys.push(idempotencyKey);
          if (keys.filter((key) => key === idempotencyKey).length < 3)
            throw new JobFailure('busy', 'Too much to do.', { retryable });
          return 'at last';
        },
      });
    const { provider, signer } = await sell([
      flaky(5101, 3, true),
      flaky(5102, 2, true),
      flaky(5103, 3, false),
    ]);
    const request = await ask(provider, 5101);
    expect((await resultOf(request)).content).toBe('at last');
    expect(keys).toEqual([request.id, request.id, request.id]);
    for (const [kind, tries] of [
      [5102, 2],
      [5103, 1],
    ] as const) {
      const failing = await ask(provider, kind);
      await vi.waitFor(
        async () => expect((await ledger.sales.get(signer.pubkey, failing.id))?.failure?.code).toBe('busy'),
        { timeout: 20_000 },
      );
      expect(keys.filter((key) => key === failing.id)).toHaveLength(tries);
    }
  });
});

describe('a cancellation', () => {
  const cancel = async (request: NostrEvent) =>
    pool.publish(
      await customer.sign(
        buildCancellation({ requestId: request.id, requestKind: request.kind, createdAt: unixNow() }),
      ),
      [relay.url],
    );
  const untilWork = (signer: Signer, { id }: NostrEvent, work: WorkState) =>
    vi.waitFor(async () => expect((await ledger.sales.get(signer.pubkey, id))?.work).toBe(work), {
      timeout: 20_000,
    });

  it('ends work that waits to be tried again', async () => {
    const busy = service({
      kind: 5104,
      attempts: 100,
      retryAfterSeconds: 0.05,
      handler: async () => Promise.reject(new JobFailure('busy', 'Not now.', { retryable: true })),
    });
    const { provider, signer } = await sell([busy]);
    const request = await ask(provider, 5104);
    await until(() => answersTo(request, 7000)[0]);
    await cancel(request);
    await untilWork(signer, request, 'cancelled');
  });

  it('ends a job that waits for its turn, before anything is done', async () => {
    const begun: string[] = [];
    const mayEnd = Promise.withResolvers<void>();
    const slow = service({
      kind: 5105,
      concurrency: 1,
      handler: async ({ request }) => {
        begun.push(request.id);
        await mayEnd.promise;
        return 'done';
      },
    });
    const { provider, signer } = await sell([slow]);
    const first = await ask(provider, 5105);
    await until(() => begun[0]);
    const waiting = await ask(provider, 5105);
    await untilWork(signer, waiting, 'accepted');
    await cancel(waiting);
    await untilWork(signer, waiting, 'cancelled');
    mayEnd.resolve();
    await resultOf(first);
    expect(begun).toEqual([first.id]);
  });

  it('changes nothing once the job is delivered', async () => {
    const { provider, signer } = await sell([shout]);
    const request = await ask(provider);
    await resultOf(request);
    await untilWork(signer, request, 'closed');
    await cancel(request);
    await resultOf(await ask(provider)); // by then the cancellation was heard
    await untilWork(signer, request, 'closed');
  });
});
