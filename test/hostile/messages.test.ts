import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Signer } from '../../src/keys/index.ts';
import type { NostrEvent } from '../../src/protocol/index.ts';
import { service, type ProviderOptions } from '../../src/provider/index.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { faultyLedger, handFedPool, requestOf } from '../provider/faulty-parts.ts';
import { openSeller, type Seller } from '../provider/stage.ts';
import { jobMessage, newKey, type Target } from './floods.ts';

const KIND = 5753;
/** As many as may wait. */
const MANY = 2000;
/** A wrap so large that some dozens fill the queue. */
const LARGE_CHARS = 250_000;
const MORE_THAN_WAIT = 80;

let stage: BuyingStage;
let seller: Seller;
let feed: (...events: NostrEvent[]) => void;
let target: Target;
/** Ciphertexts that the provider's key was given to open. */
let decrypted: number;

beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(() => seller.close());
afterAll(() => stage.close());

async function openMarket(told: Partial<ProviderOptions> = {}): Promise<void> {
  const handFed = handFedPool(stage);
  feed = handFed.feed;
  decrypted = 0;
  const key = newKey();
  const signer: Signer = {
    ...key,
    nip44: {
      ...key.nip44,
      decrypt: (peerPubkey, ciphertext) => {
        decrypted += 1;
        return key.nip44.decrypt(peerPubkey, ciphertext);
      },
    },
  };
  const sold = [service({ kind: KIND, handler: ({ text }) => Promise.resolve(text.toUpperCase()) })];
  seller = await openSeller(stage, sold, { relays: handFed.pool, wallet: null, signer, ...told });
  const now = () => Math.floor(Date.now() / 1000);
  const { relayUrl } = stage;
  const [freeKind, pricedKind, foreignJobId] = [KIND, KIND, 'ab'.repeat(32)];
  target = { providerPubkey: key.pubkey, relayUrl, freeKind, pricedKind, foreignJobId, now };
}

async function buy(customer: Signer): Promise<string> {
  const request = await requestOf(customer, { kind: KIND });
  feed(request);
  await seller.until(({ requestId, work }) => requestId === request.id && work === 'closed');
  return request.id;
}

/** Wraps as they come verified from a relay, of so many characters that nobody can read. */
function junkWraps(count: number, chars: number): NostrEvent[] {
  const content = `Ag${'A'.repeat(chars - 2)}`;
  return Array.from({ length: count }, (_, index) => ({
    id: index.toString(16).padStart(64, '0'),
    pubkey: newKey().pubkey,
    kind: 1059,
    created_at: target.now(),
    tags: [['p', target.providerPubkey]],
    content,
    sig: '00'.repeat(64),
  }));
}

test('wraps by the thousand that came at once do not hold up a job', async () => {
  await openMarket();
  feed(...junkWraps(MANY, 2000));
  await buy(newKey());
  expect(decrypted).toBeLessThan(MANY);
  expect(seller.troubles).toEqual([]);
}, 60_000);

test('who complains when more wraps come than can wait is heard after the flood', async () => {
  await openMarket();
  const customer = newKey();
  const requestId = await buy(customer);
  const complaint = await jobMessage(target, customer, { type: 'complaint' }, requestId);
  await stage.openPool().publish(complaint, [stage.relayUrl]);
  feed(...junkWraps(MORE_THAN_WAIT, LARGE_CHARS), complaint);
  const codes = () => seller.troubles.map(({ code }) => code);
  expect(codes()).toEqual(['flooded']);
  await vi.waitFor(() => expect(codes()).toEqual(['flooded', 'complaint']), { timeout: 80_000 });
}, 100_000);

test('what strangers say about a job is not heard, what its customer says is', async () => {
  await openMarket();
  const [customer, stranger] = [newKey(), newKey()];
  const requestId = await buy(customer);
  const wraps = await Promise.all(
    Array.from({ length: 30 }, () => jobMessage(target, stranger, { type: 'complaint' }, requestId)),
  );
  feed(...wraps, await jobMessage(target, customer, { type: 'complaint' }, requestId));
  await vi.waitFor(() => expect(seller.troubles).toMatchObject([{ code: 'complaint' }]), { timeout: 20_000 });
}, 60_000);

test('a message that is long acted on keeps no other waiting', async () => {
  const slow = Promise.withResolvers<void>();
  let slowId = '';
  const ledger = faultyLedger(stage.openLedger(), (sales) => ({
    async get(providerPubkey, requestId) {
      if (requestId === slowId) await slow.promise;
      return sales.get(providerPubkey, requestId);
    },
  }));
  await openMarket({ ledger });
  const [first, second] = [newKey(), newKey()];
  const jobs = [await buy(first), await buy(second)] as const;
  slowId = jobs[0];
  const complain = (customer: Signer, requestId: string) =>
    jobMessage(target, customer, { type: 'complaint' }, requestId);
  feed(await complain(first, jobs[0]), await complain(second, jobs[1]));
  const heard = () =>
    seller.troubles.map(({ message }) => jobs.findIndex((id) => message.includes(id.slice(0, 16))));
  await vi.waitFor(() => expect(heard()).toEqual([1]), { timeout: 20_000 });
  slow.resolve();
  await vi.waitFor(() => expect(heard()).toEqual([1, 0]), { timeout: 20_000 });
}, 60_000);
