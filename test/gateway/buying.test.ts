import { fetchWithL402 } from '@getalby/lightning-tools/402/l402';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import { createGuardedFetch } from '../../src/http/node.ts';
import { createL402Fetch } from '../../src/l402/index.ts';
import { createMemorySpendingLimits } from '../../src/money/index.ts';
import { orThrow, satsToMsat, ZERO_MSAT } from '../../src/protocol/index.ts';
import { JobFailure, service } from '../../src/provider/index.ts';
import { openSeller, type Seller } from '../provider/stage.ts';
import {
  look,
  openGatewayStage,
  order,
  pay,
  proof,
  quoteOf,
  untilJob,
  type GatewayStage,
  type GatewayUnderTest,
} from './stage.ts';

let stage: GatewayStage;
let seller: Seller;
let gateway: GatewayUnderTest;
/** Lets the handler of kind 5751 go on. */
let proceed: PromiseWithResolvers<void>;

beforeAll(async () => {
  stage = await openGatewayStage();
  seller = await openSeller(stage, [
    service({ kind: 5750, priceSats: 20, handler: async ({ inputs }) => `${inputs[0]?.text}!` }),
    service({
      kind: 5751,
      priceSats: 20,
      async *handler({ inputs }) {
        yield { type: 'partial', content: 'half' };
        await proceed.promise;
        if (inputs[0]?.text === 'fail') throw new JobFailure('too-hard', 'No.');
        return 'whole';
      },
    }),
    service({ kind: 5752, handler: async () => 'for nothing' }),
  ]);
  gateway = await stage.openGateway();
}, 60_000);
afterEach(() => {
  expect(gateway.troubles).toEqual([]);
});
afterAll(async () => {
  await seller.close();
  await stage.close();
}, 60_000);

const ORDER = { inputs: ['a red fox'], max_sats: 100 };
const spent = async () =>
  (await gateway.ledger.spending.list({ spenderPubkey: gateway.customer.pubkey, limit: 100 })).length;

describe('a client without Nostr', () => {
  test('buys a job with an invoice, a token and two requests', async () => {
    const quote = await quoteOf(gateway.url, 5750, ORDER);
    expect(quote).toMatchObject({ sats: 25, state: 'quoted', payment: 'prepaid', kind: 5750 });
    expect(await spent()).toBe(0);
    const preimage = await pay(stage.clientWallet, quote.invoice);
    const response = await order(gateway.url, 5750, ORDER, proof(quote, preimage));
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { state: 'done', result: { content: 'a red fox!', provider: seller.provider.pubkey } },
    ]);
    expect(await look(quote)).toMatchObject({ state: 'done', result: { content: 'a red fox!' } });
    expect(await spent()).toBe(1);
  });

  test('with the L402 client of others', async () => {
    const response = await fetchWithL402(
      `${gateway.url}/v1/jobs/5750`,
      { method: 'POST', body: JSON.stringify(ORDER), headers: { 'content-type': 'application/json' } },
      {
        wallet: {
          payInvoice: async ({ invoice }) => ({ preimage: await pay(stage.clientWallet, invoice) }),
        },
      },
    );
    expect(await response.json()).toMatchObject({ result: { content: 'a red fox!' } });
  });

  test('with our own L402 client, under a cap', async () => {
    const caps = { perPaymentMsat: satsToMsat(100), perDayMsat: satsToMsat(100) };
    const paidFetch = createL402Fetch({
      fetch: createGuardedFetch({ allowHosts: [new URL(gateway.url).host] }),
      wallet: stage.clientWallet,
      network: 'regtest',
      spend: createMemorySpendingLimits(caps, unixNow),
      maxAmountMsat: satsToMsat(30),
      now: unixNow,
    });
    const { signal } = new AbortController();
    const body = JSON.stringify(ORDER);
    const bought = orThrow(await paidFetch(`${gateway.url}/v1/jobs/5750`, { method: 'POST', body, signal }));
    expect(bought.payment?.amountMsat).toBe(satsToMsat(25));
    expect(JSON.parse(new TextDecoder().decode(bought.body))).toMatchObject({ state: 'done' });
  });

  test('who pays and never comes back finds the result at the job’s address', async () => {
    const quote = await quoteOf(gateway.url, 5750, ORDER);
    await pay(stage.clientWallet, quote.invoice);
    expect(await untilJob(quote, 'done')).toMatchObject({ result: { content: 'a red fox!' } });
  });

  test('is asked for nothing where nothing is asked', async () => {
    const free = await stage.openGateway({ margin: { percent: 10, minimumMsat: ZERO_MSAT } });
    const response = await order(free.url, 5752, { ...ORDER, max_sats: 0 });
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { sats: 0, payment: 'none', result: { content: 'for nothing' } },
    ]);
  });

  test('waits as long as it likes, and follows the job meanwhile', async () => {
    proceed = Promise.withResolvers();
    const quote = await quoteOf(gateway.url, 5751, ORDER);
    const preimage = await pay(stage.clientWallet, quote.invoice);
    const later = await order(gateway.url, 5751, ORDER, { ...proof(quote, preimage), prefer: 'wait=0' });
    expect([later.status, later.headers.get('location')]).toEqual([202, quote.job]);

    const stream = await readEvents(quote.job, ({ event }) => event === 'partial');
    expect(stream.at(-1)).toMatchObject({ event: 'partial', data: { content: 'half' } });
    proceed.resolve();
    const lastId = stream.at(-1)?.id ?? '';
    const rest = await readEvents(quote.job, () => false, lastId);
    expect(rest.map(({ event }) => event)).not.toContain('partial');
    expect(rest.slice(-2)).toMatchObject([
      { event: 'result', data: { content: 'whole' } },
      { event: 'state', data: { state: 'done' } },
    ]);
    const again = await fetch(`${quote.job}/events`, {
      headers: { 'last-event-id': rest.at(-1)?.id ?? '' },
    });
    expect(again.status).toBe(204);
    expect(await readEvents(quote.job, () => false)).toMatchObject([
      { event: 'job', data: { state: 'done', result: { content: 'whole' } } },
    ]);
  });
});

test('a gateway that starts withdraws the request that a crash left without a quote', async () => {
  const customer = stage.openCustomer({ wallet: stage.bank.wallet('gateway') });
  const wish = { kind: 5750, inputs: ['a red fox'], maxAmountMsat: satsToMsat(20), approval: 'ask' } as const;
  const { requestId } = orThrow(await customer.buy(wish));
  const next = await stage.openGateway({ customer });
  expect((await customer.get(requestId))?.state).toBe('cancelled');
  await next.close();
});

describe('a client whose money is only locked', () => {
  const HOLD = { ...ORDER, payment: 'hold', deadline_seconds: 60 };

  test('pays when the result is here: the preimage that the payment brings shows it', async () => {
    proceed = Promise.withResolvers();
    const quote = await quoteOf(gateway.url, 5751, HOLD);
    const paying = pay(stage.clientWallet, quote.invoice);
    expect(await untilJob(quote, 'working')).not.toHaveProperty('result');
    proceed.resolve();
    const response = await order(gateway.url, 5751, HOLD, proof(quote, await paying));
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { payment: 'hold', state: 'done', result: { content: 'whole' } },
    ]);
  });

  test('pays nothing when nothing comes of it', async () => {
    proceed = Promise.withResolvers();
    proceed.resolve();
    const quote = await quoteOf(gateway.url, 5751, { ...HOLD, inputs: ['fail'] });
    const paid = await stage.clientWallet.pay({ bolt11: quote.invoice, feeLimitMsat: satsToMsat(10) });
    expect(paid.ok).toBe(false);
    expect(await untilJob(quote, 'released')).toMatchObject({
      // Where the payment fails before its lock was seen, there is another offer to be taken, and none comes.
      failure: { code: expect.stringMatching(/^(provider-failed|no-offer)$/) },
    });
  });

  test('is told to pay first where locking would take too long', async () => {
    const response = await order(gateway.url, 5750, { ...HOLD, deadline_seconds: 3_600 });
    expect([response.status, await response.json()]).toMatchObject([422, { code: 'hold-not-possible' }]);
  });
});

interface ServerEvent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: unknown;
}

/** The events of a job until the server ends the stream, or one that is enough. */
async function readEvents(
  job: string,
  isEnough: (event: ServerEvent) => boolean,
  lastId?: string,
): Promise<ServerEvent[]> {
  const leaving = new AbortController();
  const response = await fetch(`${job}/events`, {
    headers: lastId === undefined ? {} : { 'last-event-id': lastId },
    signal: leaving.signal,
  });
  const events: ServerEvent[] = [];
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      text = text.slice(end + 2);
      const data: unknown = JSON.parse(fields.get('data') ?? 'null');
      const event = { id: fields.get('id'), event: fields.get('event'), data };
      events.push(event);
      if (isEnough(event)) {
        leaving.abort();
        return events;
      }
    }
  }
  return events;
}
