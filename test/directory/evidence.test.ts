import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  buildJobRequest,
  buildReview,
  buildResult,
  msat,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import type { OwnPurchase } from '../../src/reputation/index.ts';
import { openDirectoryStage, PATIENT_MS, person, type DirectoryStage } from './stage.ts';

let stage: DirectoryStage;

beforeAll(async () => {
  stage = await openDirectoryStage();
});

afterAll(() => stage.close());

test('paid jobs of known customers, and complaints, are found by the provider’s key alone', async () => {
  const [provider, friend, stranger] = [person(), person(), person()];
  await stage.job({ customer: friend, provider, name: 'good', secondsAgo: 900, rating: 1 });
  await stage.job({ customer: stranger, provider, name: 'bad', secondsAgo: 800, rating: 0 });
  const directory = stage.directory({ known: new Set([friend.pubkey]) });
  const record = (await directory.gather([provider.pubkey])).get(provider.pubkey);
  expect(record).toMatchObject({ paidJobs: 2, usualSeconds: 5, secondsFrom: 'others' });
  expect(record?.others).toMatchObject({
    customers: 2,
    knownCustomers: 1,
    paidAndDelivered: 2,
    paidComplaints: 1,
  });
  expect(record?.ratings).toEqual({ mean: 0.5, customers: 2, knownCustomers: 1, unpaid: 0 });
});

test('a flood of strangers’ reviews hides no customer’s', async () => {
  const [provider, customer, spammer] = [person(), person(), person()];
  const { result } = await stage.job({ customer, provider, name: 'cheated', secondsAgo: 900, rating: 0 });
  const spam = Array.from({ length: 45 }, (_, one) =>
    stage.publish(spammer, buildReview({ reviewed: result, rating: 1, createdAt: stage.now - one })),
  );
  await Promise.all(spam);
  const record = (await stage.directory().gather([provider.pubkey])).get(provider.pubkey);
  expect(record?.others.paidComplaints).toBe(1);
  expect(record?.ratings).toMatchObject({ mean: 0, customers: 1 });
});

test('a job whose request has expired counts by the request that its result carries, if its customer signed it', async () => {
  const [provider, customer, friend] = [person(), person(), person()];
  const request = await customer.sign(
    buildJobRequest({
      kind: 5050,
      inputs: [{ data: 'gone', type: 'text', relay: null, marker: null }],
      params: new Map(),
      outputs: [],
      relays: [],
      createdAt: stage.now - 900,
    }),
  );
  const forged: NostrEvent = { ...request, pubkey: friend.pubkey };
  for (const [place, asked] of [request, forged].entries())
    await stage.publish(
      provider,
      buildResult({ request: asked, content: 'here', createdAt: stage.now - 895 + place }),
    );
  const known = new Set([friend.pubkey]);
  const record = (await stage.directory({ known }).gather([provider.pubkey])).get(provider.pubkey);
  expect(record).toMatchObject({ usualSeconds: 5, secondsFrom: 'others' });
  expect(record?.others).toMatchObject({ delivered: 1, customers: 1, knownCustomers: 0 });
});

test('results that nobody asked for count nothing', async () => {
  const [provider, customer] = [person(), person()];
  const { request } = await stage.job({ customer, provider: person(), name: 'asked', secondsAgo: 900 });
  const invented: NostrEvent = { ...request, id: 'ab'.repeat(32) };
  await stage.publish(
    provider,
    buildResult({ request: invented, content: 'here', createdAt: stage.now - 10 }),
  );
  const record = (await stage.directory().gather([provider.pubkey])).get(provider.pubkey);
  expect(record?.others.delivered).toBe(0);
  expect(record?.latest.answer).toBeNull();
});

describe('the reader’s own purchases', () => {
  const provider = person();
  const purchase: OwnPurchase = {
    requestId: 'cd'.repeat(32),
    providerPubkey: provider.pubkey,
    kind: 5050,
    outcome: 'paid-and-delivered',
    paidMsat: msat(21_000n),
    seconds: 3,
    at: 0,
  };

  test('are known as soon as anything is, and the relays’ word comes later', async () => {
    await stage.job({ customer: person(), provider, name: 'others', secondsAgo: 900, rating: 1 });
    const books = [{ ...purchase, at: stage.now - 60 }];
    const directory = stage.directory({ ownHistory: () => Promise.resolve(books) });
    const look = () => directory.records([provider.pubkey]).get(provider.pubkey);
    expect(look()).toMatchObject({ paidJobs: 0, reliability: null });
    await vi.waitFor(() => expect(look()?.paidJobs).toBe(2), { timeout: PATIENT_MS });
    expect(look()).toMatchObject({ secondsFrom: 'own', usualSeconds: 3, own: { paidAndDelivered: 1 } });
  });

  test('are told with the own reviews of them, which the relays have', async () => {
    const [customer, seller] = [person(), person()];
    const { request } = await stage.job({
      customer,
      provider: seller,
      name: 'junk',
      secondsAgo: 900,
      rating: 0.2,
    });
    const bought = { ...purchase, requestId: request.id, providerPubkey: seller.pubkey, at: stage.now - 60 };
    const directory = stage.directory({ signer: customer, ownHistory: () => Promise.resolve([bought]) });
    const record = (await directory.gather([seller.pubkey])).get(seller.pubkey);
    expect(record).toMatchObject({ paidJobs: 0, own: { paidAndDelivered: 0, paidAndUndelivered: 1 } });
  });

  test('show that a provider is alive', async () => {
    const directory = stage.directory({
      ownHistory: () => Promise.resolve([{ ...purchase, at: stage.now - 60 }]),
    });
    const { liveness } = await directory.provider(provider.pubkey);
    expect(liveness?.steps.at(-1)).toEqual({
      step: 'paid-and-delivered',
      at: stage.now - 60,
      evidenceId: purchase.requestId,
      by: 'own',
    });
  });

  test('that cannot be read are the caller’s to know, and stop nothing in the background', async () => {
    const broken = stage.directory({ ownHistory: () => Promise.reject(new Error('locked')) });
    expect(broken.records([provider.pubkey]).size).toBe(1);
    await expect(broken.gather([provider.pubkey])).rejects.toThrow('locked');
    await broken.close();
  });
});
