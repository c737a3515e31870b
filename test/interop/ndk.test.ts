import {
  NDKDVMJobFeedback,
  NDKDVMJobResult,
  NDKDVMRequest,
  NDKDvmJobFeedbackStatus,
  NDKEvent,
} from '@nostr-dev-kit/ndk';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { satsToMsat, orThrow } from '../../src/protocol/index.ts';
import { JobFailure, service, type JobHandler } from '../../src/provider/index.ts';
import { buy, openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { openSeller, type Seller } from '../provider/stage.ts';
import { openNdkParty, type NdkParty } from './ndk-party.ts';

const KIND = 5050;
const TEXT = 'a red fox';
const ANSWER = 'A RED FOX';
const HOW = ['in clear', 'encrypted'] as const;
type How = (typeof HOW)[number];

let stage: BuyingStage;
let party: NdkParty;
const sellers: Seller[] = [];

beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(async () => {
  party.close();
  for (const seller of sellers.splice(0)) await seller.close();
  await stage.sweep();
});
afterAll(() => stage.close());

describe('a customer that uses NDK', () => {
  async function sell(handler: JobHandler, priceSats: number): Promise<Seller> {
    const seller = await openSeller(stage, [service({ kind: KIND, priceSats, handler })]);
    sellers.push(seller);
    party = await openNdkParty(stage.relayUrl);
    return seller;
  }

  /** Asks the provider as NDK asks, and listens for what comes back. */
  async function ask(seller: Seller, how: How, bid?: number) {
    const request = new NDKDVMRequest(party.ndk);
    request.kind = KIND;
    request.addInput(TEXT, 'text');
    request.addParam('style', 'loud');
    request.output = 'text/plain';
    request.bid = bid;
    const provider = party.ndk.getUser({ pubkey: seller.provider.pubkey });
    if (how === 'encrypted') await request.encryption(provider);
    else request.dvm = provider;
    await request.sign();
    const [filter, answers] = [{ '#e': [request.id] }, { authors: [seller.provider.pubkey] }];
    const feedback = party.keep({ ...filter, ...answers, kinds: [7000] }, (event) =>
      NDKDVMJobFeedback.from(event),
    );
    const results = party.keep({ ...filter, ...answers, kinds: [KIND + 1000] }, async (event) =>
      NDKDVMJobResult.from(event),
    );
    await request.publish();
    return { request, feedback, results };
  }

  /** The text of a result, which NDK leaves to its user to decrypt. */
  async function textOf(result: NDKDVMJobResult, how: How): Promise<string | undefined> {
    expect(result.getMatchingTags('encrypted')).toHaveLength(how === 'encrypted' ? 1 : 0);
    if (how === 'encrypted') {
      expect(result.result).not.toContain(ANSWER);
      await result.decrypt();
    }
    return result.result;
  }

  const shout: JobHandler = async ({ text, params }) =>
    params.get('style')?.[0] === 'loud' ? text.toUpperCase() : text;

  test.each(HOW)('gets work for free, %s', async (how) => {
    const seller = await sell(shout, 0);
    const { request, feedback, results } = await ask(seller, how);
    const begun = await feedback.next(({ status }) => status === NDKDvmJobFeedbackStatus.Processing);
    expect(begun.tagValue('e')).toBe(request.id);
    const result = await results.next(() => true);
    expect(result.jobRequestId).toBe(request.id);
    expect(result.jobRequest?.rawEvent()).toEqual(request.rawEvent());
    expect(result.tagValue('p')).toBe(party.pubkey);
    expect(result.verifySignature(false)).toBe(true);
    expect(await textOf(result, how)).toBe(ANSWER);
  });

  test.each(HOW)('pays the invoice that it reads, %s, and gets the work', async (how) => {
    const seller = await sell(shout, 21);
    const { feedback, results } = await ask(seller, how);
    const quote = await feedback.next(({ status }) => status === 'payment-required');
    const [, amount, bolt11 = ''] = quote.getMatchingTags('amount')[0] ?? [];
    expect(amount).toBe('21000');
    const paying = stage.wallet().pay({ bolt11, feeLimitMsat: satsToMsat(5) });
    expect(await textOf(await results.next(() => true), how)).toBe(ANSWER);
    expect(await paying).toMatchObject({ ok: true });
    await seller.until(({ work, money }) => work === 'closed' && money === 'settled');
  });

  test.each(HOW)('is told why it gets nothing, %s', async (how) => {
    const seller = await sell(() => Promise.reject(new JobFailure('fox-too-red', 'Too red.')), 0);
    const { feedback } = await ask(seller, how);
    const failed = await feedback.next(({ status }) => status === 'error');
    expect(failed.getMatchingTags('error')).toContainEqual(['error', 'fox-too-red', 'Too red.']);
  });

  test('that bids too little is told the price', async () => {
    const { feedback } = await ask(await sell(shout, 21), 'in clear', 20_999);
    const refused = await feedback.next(({ status }) => status === 'error');
    expect(refused.getMatchingTags('error')[0]?.[1]).toBe('bid-too-low');
  });
});

describe('a provider that uses NDK', () => {
  /** A request as NDK's classes hold it, and how to answer it in the same form as it came. */
  interface NdkJob {
    readonly input: string | undefined;
    readonly say: (status: string, tags?: string[][]) => Promise<void>;
    readonly deliver: (content: string) => Promise<void>;
  }

  /** What it does with a request once it has read it. */
  type Work = (job: NdkJob) => Promise<void>;

  const failures: unknown[] = [];

  async function serve(work: Work): Promise<void> {
    party = await openNdkParty(stage.relayUrl);
    failures.length = 0;
    party.hear({ kinds: [KIND], '#p': [party.pubkey], since: Math.floor(Date.now() / 1000) - 5 }, (event) =>
      read(NDKDVMRequest.from(event))
        .then(work)
        .catch((error: unknown) => void failures.push(error)),
    );
  }

  async function read(request: NDKDVMRequest): Promise<NdkJob> {
    const customer = request.author;
    const encrypted = request.getMatchingTags('encrypted').length > 0;
    const inner = new NDKDVMRequest(party.ndk, request.rawEvent());
    if (encrypted) {
      await inner.decrypt();
      inner.tags = [...inner.tags, ...(JSON.parse(inner.content) as string[][])];
    }
    return {
      input: inner.tagValue('i'),
      async say(status, tags = []) {
        const feedback = request.createFeedback(status);
        feedback.tags.push(...tags);
        if (encrypted) {
          feedback.content = JSON.stringify([['status', status], ...tags]);
          feedback.tags = [...feedback.tags.filter(([name]) => name === 'e' || name === 'p'), ['encrypted']];
          await feedback.encrypt(customer);
        }
        await feedback.publish();
      },
      async deliver(content) {
        const result = new NDKDVMJobResult(party.ndk);
        result.jobRequest = request;
        result.result = content;
        if (encrypted) {
          result.tags.push(['encrypted']);
          await result.encrypt(customer);
        }
        await result.publish();
      },
    };
  }

  const shout: Work = async ({ input = '', say, deliver }) => {
    await say(NDKDvmJobFeedbackStatus.Processing);
    await deliver(input.toUpperCase());
  };

  const wish = (how: How) => ({
    targets: [party.pubkey],
    ...(how === 'encrypted' ? { encrypted: true as const } : {}),
  });

  test.each(HOW)('delivers for free, %s', async (how) => {
    await serve(shout);
    const purchase = await buy(stage.openCustomer(), wish(how));
    const receipt = orThrow(await purchase.result());
    expect(receipt).toMatchObject({ content: ANSWER, providerPubkey: party.pubkey, settlement: 'none' });
    expect(failures).toEqual([]);
    const [seen] = await stage.openPool().query([stage.relayUrl], [{ ids: [purchase.requestId] }]);
    expect(JSON.stringify(seen).includes(TEXT)).toBe(how === 'in clear');
  });

  test.each(HOW)('is paid by a hold, %s', async (how) => {
    const wallet = stage.bank.wallet('alice');
    await serve(async ({ input = '', say, deliver }) => {
      const preimage = randomBytes(32);
      const paymentHash = bytesToHex(sha256(preimage));
      const invoice = { amountMsat: satsToMsat(21), paymentHash, description: 'a job', expirySeconds: 300 };
      const held = Promise.withResolvers<void>();
      wallet.subscribe((notice) => {
        if (notice.type === 'held' && notice.payment.paymentHash === paymentHash) held.resolve();
      }, AbortSignal.timeout(20_000));
      const { bolt11 } = orThrow(await wallet.makeHoldInvoice(invoice));
      await say(NDKDvmJobFeedbackStatus.PayReq, [
        ['amount', '21000', bolt11 ?? ''],
        ['exchange', 'hold'],
      ]);
      await held.promise;
      await shout({ input, say, deliver });
      orThrow(await wallet.settleHold({ preimage: bytesToHex(preimage) }));
    });
    const purchase = await buy(stage.openCustomer(), wish(how));
    const receipt = orThrow(await purchase.result());
    expect(receipt).toMatchObject({ content: ANSWER, amountMsat: 21_000n, settlement: 'settled' });
    expect(failures).toEqual([]);
  });

  test.each(HOW)('says why it does nothing, %s', async (how) => {
    await serve(({ say }) => say('error', [['error', 'fox-too-red', 'Too red.']]));
    const purchase = await buy(stage.openCustomer(), wish(how));
    expect(await purchase.result()).toMatchObject({ ok: false, failure: { code: 'no-offer' } });
    const updates = [];
    for await (const update of purchase.events()) updates.push(update);
    expect(updates).toContainEqual(
      expect.objectContaining({
        type: 'provider-error',
        error: expect.objectContaining({ code: 'fox-too-red', detail: 'Too red.' }),
      }),
    );
  });

  test('is heard by a customer that asked nobody in particular', async () => {
    party = await openNdkParty(stage.relayUrl);
    const purchase = await buy(stage.openCustomer());
    const requests = stage.openPool();
    await vi.waitFor(
      async () =>
        expect(await requests.query([stage.relayUrl], [{ ids: [purchase.requestId] }])).toHaveLength(1),
      { timeout: 20_000 },
    );
    const found = await party.ndk.fetchEvent({ ids: [purchase.requestId] });
    if (!(found instanceof NDKEvent)) throw new Error('NDK did not find the request.');
    const { deliver } = await read(NDKDVMRequest.from(found));
    await deliver(ANSWER);
    expect(await purchase.result()).toMatchObject({ ok: true, value: { content: ANSWER } });
  });
});
