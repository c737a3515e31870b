import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { buyChain } from '../../src/customer/index.ts';
import { generateSecretKey, secretKeySigner, type Signer } from '../../src/keys/index.ts';
import {
  buildFeedback,
  buildNutzap,
  buildResult,
  buildReview,
  buildZapReceipt,
  buildZapRequest,
  MAX_CHAIN_DEPTH,
  msat,
  orThrow,
  parseZapRequest,
  satsToMsat,
  success,
  type EventTemplate,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { service, type FetchInput, type Service } from '../../src/provider/index.ts';
import { openBuyingStage, WISH, type BuyingStage } from '../customer/stage.ts';
import { sampleInvoice } from '../fixtures/signed-invoice.ts';
import { requestOf, textInput } from './faulty-parts.ts';
import { openSeller, workOf, type Seller } from './stage.ts';

let stage: BuyingStage;
const sellers: Seller[] = [];
/** A kind for each test: requests of the others still stand on the relay. */
let kind = 5450;

beforeAll(async () => {
  stage = await openBuyingStage();
}, 60_000);
afterEach(async () => {
  kind += 1;
  for (const seller of sellers.splice(0)) await seller.close();
  await stage.sweep();
});
afterAll(() => stage.close());

const newSigner = (): Signer => secretKeySigner(generateSecretKey());
const now = (): number => Math.floor(Date.now() / 1000);
const jobInput = (data: string) => ({ ...textInput(data), type: 'job' });

async function publish(signer: Signer, template: EventTemplate): Promise<NostrEvent> {
  const event = await signer.sign(template);
  expect(await stage.openPool().publish(event, [stage.relayUrl])).toMatchObject([{ outcome: 'accepted' }]);
  return event;
}

async function ask(signer: Signer, inputs: readonly ReturnType<typeof textInput>[], of = kind) {
  const event = await requestOf(signer, { kind: of, inputs });
  expect(await stage.openPool().publish(event, [stage.relayUrl])).toMatchObject([{ outcome: 'accepted' }]);
  return event;
}

async function sell(told: Partial<Service> = {}, fetchInput?: FetchInput): Promise<Seller> {
  const offered = service({ kind, handler: async ({ text }) => text.toUpperCase(), ...told });
  const seller = await openSeller(stage, [offered], fetchInput === undefined ? {} : { fetchInput });
  sellers.push(seller);
  return seller;
}

/** Waits until the sale of this request has ended one way or the other. */
async function endOf(seller: Seller, { id }: NostrEvent): Promise<string> {
  const ended = await seller.until(
    ({ requestId, work }) => requestId === id && (work === 'closed' || work === 'failed'),
  );
  return ended.failure?.code ?? ended.work;
}

describe('a chain of jobs', () => {
  /** Requests of a kind that nobody sells, each of which builds on the one before. */
  async function row(length: number): Promise<string> {
    const signer = newSigner();
    let last = 'ab'.repeat(32);
    for (let made = 0; made < length; made += 1) last = (await ask(signer, [jobInput(last)], 5999)).id;
    return last;
  }

  async function delivered(requestId: string): Promise<void> {
    const [request] = await stage.openPool().query([stage.relayUrl], [{ ids: [requestId] }]);
    if (request === undefined) throw new Error('The request was not published.');
    await publish(newSigner(), buildResult({ request, content: 'so far', createdAt: now() }));
  }

  test('is worked on at the end of as many jobs as may stand in a row', async () => {
    const seller = await sell();
    const last = await row(MAX_CHAIN_DEPTH - 1); // the first of them builds on one that nobody knows
    await delivered(last);
    expect(await endOf(seller, await ask(newSigner(), [jobInput(last)]))).toBe('closed');
  });

  test('is refused when one more stands below, although its result is there', async () => {
    const seller = await sell();
    const last = await row(MAX_CHAIN_DEPTH);
    await delivered(last);
    expect(await endOf(seller, await ask(newSigner(), [jobInput(last)]))).toBe('chain-too-deep');
  });

  test('may name a result instead of its request', async () => {
    const seller = await sell();
    const prior = await ask(newSigner(), [textInput('first')], 5999);
    const result = await publish(
      newSigner(),
      buildResult({ request: prior, content: 'a fox', createdAt: now() }),
    );
    const request = await ask(newSigner(), [jobInput(result.id)]);
    expect(await endOf(seller, request)).toBe('closed');
    const sale = await seller.until(({ requestId, work }) => requestId === request.id && work === 'closed');
    expect(sale.result?.content).toBe('A FOX');
  });
});

describe('a service that waits for payment', () => {
  const WAITING = { chainedInputs: 'wait-for-payment', usualSeconds: 1, worstSeconds: 40 } as const;
  /** Gives up after a second. */
  const HASTY = { ...WAITING, worstSeconds: 2 } as const;

  /** A job that somebody asked for a price and delivered, and a request that builds on it. */
  async function priorJob() {
    const [customer, provider] = [newSigner(), newSigner()];
    const request = await ask(customer, [textInput('first')], 5999);
    const offer = await publish(
      provider,
      buildFeedback({ request, status: 'payment-required', amountMsat: msat(21_000n), createdAt: now() }),
    );
    const result = await publish(provider, buildResult({ request, content: 'a fox', createdAt: now() }));
    return { customer, provider, request, offer, result, next: () => ask(customer, [jobInput(request.id)]) };
  }

  test('starts when the customer praises the result, and not before', async () => {
    const seller = await sell(WAITING);
    const prior = await priorJob();
    const next = await prior.next();
    await seller.until(({ requestId, work }) => requestId === next.id && work === 'working');
    const praise = buildReview({ reviewed: prior.result, rating: 0.8, createdAt: now() });
    await publish(prior.customer, praise);
    expect(await endOf(seller, next)).toBe('closed');
    expect(workOf(seller, next.id)).toEqual(['accepted', 'working', 'ready', 'delivered', 'closed']);
  });

  test('starts on a nutzap of the customer', async () => {
    const seller = await sell(WAITING);
    const prior = await priorJob();
    const proof = { amount: 16n, id: '009a1f293253e41e', secret: 's', C: `02${'03'.repeat(32)}`, dleq: null };
    await publish(
      prior.customer,
      buildNutzap({
        recipientPubkey: prior.provider.pubkey,
        mint: 'https://mint.example',
        unit: 'sat',
        proofs: [proof],
        zapped: prior.offer,
        createdAt: now(),
      }),
    );
    expect(await endOf(seller, await prior.next())).toBe('closed');
  });

  test('gives up in time, with a code, whatever strangers and the prior provider say', async () => {
    const seller = await sell(HASTY);
    const prior = await priorJob();
    for (const forger of [newSigner(), prior.provider])
      await publish(forger, buildReview({ reviewed: prior.result, rating: 1, createdAt: now() }));
    await publish(prior.customer, buildReview({ reviewed: prior.result, rating: 0.1, createdAt: now() }));
    expect(await endOf(seller, await prior.next())).toBe('prior-not-accepted');
  });

  test('starts at once when nothing was asked for the prior work', async () => {
    const seller = await sell(HASTY);
    const customer = newSigner();
    const request = await ask(customer, [textInput('first')], 5999);
    await publish(newSigner(), buildResult({ request, content: 'a fox', createdAt: now() }));
    expect(await endOf(seller, await ask(customer, [jobInput(request.id)]))).toBe('closed');
  });

  test('knows from its own books what was paid to it', async () => {
    const seller = await sell({ ...WAITING, priceMsat: satsToMsat(5) });
    const wish = { ...WISH, kind, targets: [seller.provider.pubkey] };
    const bought = orThrow(await buyChain(stage.openCustomer(), [wish, { ...wish, inputs: [] }]));
    expect(bought.map(({ content }) => content)).toEqual(['A RED FOX', 'A RED FOX']);
  }, 60_000);

  describe('by zap', () => {
    const wallet = newSigner();
    const fetched: string[] = [];
    const fetchInput: FetchInput = async (url) => {
      fetched.push(url);
      const answer = JSON.stringify({ tag: 'payRequest', allowsNostr: true, nostrPubkey: wallet.pubkey });
      return success({ contentType: 'application/json', body: utf8ToBytes(answer) });
    };

    async function zapReceipt(prior: Awaited<ReturnType<typeof priorJob>>, payer: Signer, server: Signer) {
      const zapRequest = await payer.sign(
        buildZapRequest({
          recipientPubkey: prior.provider.pubkey,
          amountMsat: msat(21_000n),
          relays: [stage.relayUrl],
          zapped: prior.offer,
          createdAt: now(),
        }),
      );
      const description = JSON.stringify(zapRequest);
      const bolt11 = sampleInvoice({ descriptionHash: bytesToHex(sha256(utf8ToBytes(description))) });
      const paid = orThrow(parseZapRequest(zapRequest));
      return publish(server, buildZapReceipt({ zapRequest: paid, description, bolt11, paidAt: now() }));
    }

    async function zappedJob() {
      const prior = await priorJob();
      const content = JSON.stringify({ name: 'bot', lud16: 'Bot@wallet.example' });
      await publish(prior.provider, { kind: 0, created_at: now(), tags: [], content });
      return prior;
    }

    test('starts when the wallet of the prior provider says that the customer paid', async () => {
      const seller = await sell(WAITING, fetchInput);
      const prior = await zappedJob();
      await zapReceipt(prior, prior.customer, wallet);
      expect(await endOf(seller, await prior.next())).toBe('closed');
      expect(fetched).toEqual(['https://wallet.example/.well-known/lnurlp/bot']);
    });

    test('believes no receipt of another key, nor a zap of somebody else', async () => {
      const seller = await sell(HASTY, fetchInput);
      const prior = await zappedJob();
      await zapReceipt(prior, prior.customer, newSigner());
      await zapReceipt(prior, newSigner(), wallet);
      expect(await endOf(seller, await prior.next())).toBe('prior-not-accepted');
    });
  });
});
