import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { generateSecretKey, secretKeySigner, type Signer } from '../../src/keys/index.ts';
import { findTag, satsToMsat } from '../../src/protocol/index.ts';
import { service, type JobHandler, type Service } from '../../src/provider/index.ts';
import type { RelayPool } from '../../src/relays/index.ts';
import { buy as buyKind, openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { handFedPool, requestOf, textInput } from './faulty-parts.ts';
import { openSeller, type Seller } from './stage.ts';

let stage: BuyingStage;
const sellers: Seller[] = [];
/** A kind for each test: requests of the others still stand on the relay. */
let kind = 5850;

beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(async () => {
  kind += 1;
  for (const seller of sellers.splice(0)) await seller.close();
  await stage.sweep();
});
afterAll(() => stage.close());

type Told = Parameters<typeof openSeller>[2];

async function sell(handler: JobHandler, more: Partial<Service> = {}, told: Told = {}): Promise<Seller> {
  const offered = { ...service({ kind, handler }), priceMsat: satsToMsat(10), ...more };
  const seller = await openSeller(stage, [offered], told);
  sellers.push(seller);
  return seller;
}

const buy = (told = {}) => buyKind(stage.openCustomer(), { kind, ...told });

const FREE = { priceMsat: satsToMsat(0) };
const shout: JobHandler = async ({ text }) => text.toUpperCase();
const signerOf = (): Signer => secretKeySigner(generateSecretKey());
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

describe('intake', () => {
  test('a flood of stored requests books no more than there is room for', async () => {
    const { pool, feed } = handFedPool(stage);
    const answered = new Set<string>();
    const publish: RelayPool['publish'] = (event, ...rest) => {
      if (event.kind === 7000) answered.add(findTag(event, 'e')?.[1] ?? '');
      return pool.publish(event, ...rest);
    };
    const seller = await sell(() => new Promise(() => undefined), FREE, {
      relays: { ...pool, publish },
      limits: { openSales: 50 },
    });
    const template = await requestOf(signerOf(), { kind });
    const flood = Array.from({ length: 1500 }, (_, index) => {
      const id = index.toString(16).padStart(64, '0');
      return { ...template, id, pubkey: id };
    });
    feed(...flood);
    const heard = () => new Set([...answered, ...seller.moves.map(({ requestId }) => requestId)]);
    await vi.waitFor(() => expect(heard().size).toBe(flood.length), { timeout: 30_000 });
    const booked = new Set(seller.moves.map(({ requestId }) => requestId));
    expect(booked.size).toBeGreaterThanOrEqual(50);
    expect(booked.size).toBeLessThan(400);
    expect(seller.troubles).toEqual([]);
  }, 60_000);

  test('what an outage held back is served, and a flood of one minute is not', async () => {
    const { pool, feed } = handFedPool(stage);
    const seller = await sell(shout, FREE, { relays: pool, limits: { requestsPerMinute: 3 } });
    const app = signerOf();
    const at = (createdAt: number, data: string) =>
      requestOf(app, { kind, createdAt, inputs: [textInput(data)] });
    const minute = Math.floor(nowSeconds() / 60) * 60;
    const held = await Promise.all(
      Array.from({ length: 9 }, (_, n) => at(minute - 60 * (1 + (n % 3)), `held ${n}`)),
    );
    feed(...held);
    await vi.waitFor(() => expect(seller.moves.filter(({ work }) => work === 'closed')).toHaveLength(9), {
      timeout: 20_000,
    });
    const burst = await Promise.all(Array.from({ length: 9 }, (_, n) => at(minute - 600, `burst ${n}`)));
    feed(...burst);
    await vi.waitFor(() => expect(seller.moves.filter(({ work }) => work === 'closed')).toHaveLength(12), {
      timeout: 20_000,
    });
  });

  test('requests to others do not use up what a customer may ask of us', async () => {
    const { pool, feed } = handFedPool(stage);
    const seller = await sell(shout, FREE, { relays: pool, limits: { requestsPerMinute: 2 } });
    const app = signerOf();
    const elsewhere = await Promise.all(
      Array.from({ length: 5 }, (_, n) =>
        requestOf(app, { kind, targets: ['ab'.repeat(32)], inputs: [textInput(`${n}`)] }),
      ),
    );
    feed(...elsewhere, await requestOf(app, { kind }));
    await seller.until(({ work }) => work === 'closed');
  });
});

describe('inputs', () => {
  const jobInput = (data: string) => [{ data, type: 'job' as const }];

  test('a job that nobody knows keeps no worker waiting', async () => {
    const seller = await sell(shout, FREE);
    await buy({ inputs: jobInput('ab'.repeat(32)) });
    const sale = await seller.until(({ work }) => work === 'failed');
    expect(sale.failure?.code).toBe('input-not-found');
  });

  test('relay hints that lead into our own network are not followed', async () => {
    const { pool, feed } = handFedPool(stage);
    const asked: string[] = [];
    const seller = await sell(shout, FREE, {
      relays: { ...pool, query: (relays) => (asked.push(...relays), Promise.resolve([])) },
    });
    const relays = [
      '10.0.0.1',
      'localhost.',
      'printer.local.',
      'a.localhost',
      'router',
      '[::1]',
      '0x7f000001',
    ];
    feed(
      await requestOf(signerOf(), {
        kind,
        inputs: [{ ...textInput('ab'.repeat(32)), type: 'event' }],
        relays: relays.map((host) => `wss://${host}`),
      }),
    );
    await seller.until(({ work }) => work === 'failed');
    expect(new Set(asked.map((url) => new URL(url).href))).toEqual(new Set([new URL(stage.relayUrl).href]));
  });
});

describe('generators', () => {
  test('the last word of a burst is told', async () => {
    const told = Promise.withResolvers<void>();
    await sell(async function* ({ text }) {
      for (const content of ['one', 'two', 'three']) yield { type: 'partial' as const, content };
      await told.promise;
      return text;
    }, FREE);
    const purchase = await buy();
    const seen: string[] = [];
    for await (const update of purchase.events())
      if (update.type === 'partial') {
        seen.push(update.content);
        if (update.content === 'three') told.resolve();
      }
    expect(seen).toEqual(['one', 'three']);
  });

  test('one that never ends and never waits is ended at its deadline', async () => {
    const seller = await sell(
      async function* () {
        for (;;) yield { type: 'progress' as const, note: 'still here' };
      },
      { ...FREE, worstSeconds: 1 },
    );
    await buy();
    const sale = await seller.until(({ work }) => work === 'failed');
    expect(sale.failure?.code).toBe('handler-timeout');
  });
});
