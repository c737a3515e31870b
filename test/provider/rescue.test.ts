import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import type { PurchaseHandle, Wish } from '../../src/customer/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import {
  buildFeedback,
  parseJobFeedback,
  satsToMsat,
  orThrow,
  sealRequest,
  type JobFeedback,
  type JobRequestDraft,
  type NostrEvent,
  type Rescue,
} from '../../src/protocol/index.ts';
import {
  service,
  type AccessPolicy,
  type JobHandler,
  type ProviderOptions,
  type Service,
} from '../../src/provider/index.ts';
import { buy, openBuyingStage, requestFor, WISH, type BuyingStage } from '../customer/stage.ts';
import type { ScriptedProvider } from '../customer/scripted-provider.ts';
import { openScriptedCustomer, type ScriptedCustomer } from './scripted-customer.ts';
import { openSeller, type Seller } from './stage.ts';

/** Several providers start and stop in a test, and each takes its time on a busy machine. */
vi.setConfig({ testTimeout: 120_000 });

let stage: BuyingStage;
let customer: ScriptedCustomer;
/** Who is asked by name, and fails as a test tells it. */
let asked: ScriptedProvider;
const sellers: Seller[] = [];
const customers: ScriptedCustomer[] = [];
/** A kind for each test: requests of the others still stand on the relay. */
let kind = 5700;

beforeAll(async () => {
  stage = await openBuyingStage();
  customer = await openScriptedCustomer(stage);
  asked = await stage.openProvider('bob');
}, 60_000);
afterEach(async () => {
  kind += 1;
  for (const seller of sellers.splice(0)) await seller.close();
  for (const other of customers.splice(0)) other.close();
});
afterAll(async () => {
  customer.close();
  await stage.close();
});

const shout: JobHandler = async ({ text }) => text.toUpperCase();

/** A provider that steps in, and what it told of that. */
async function openRescuer(
  terms: Service['rescue'] = {},
  told: Partial<ProviderOptions> & { readonly service?: Partial<Service> } = {},
): Promise<Seller & { readonly rescues: Rescue[] }> {
  const rescues: Rescue[] = [];
  const { service: more, ...options } = told;
  const rescue = { silenceSeconds: 600, targeted: true, ...terms };
  const seller = await openSeller(stage, [service({ kind, handler: shout, priceSats: 5, rescue, ...more })], {
    onRescue: (by) => rescues.push(by),
    ...options,
  });
  sellers.push(seller);
  return { ...seller, rescues };
}

const ask = (told: Partial<JobRequestDraft> = {}, by = customer): Promise<NostrEvent> =>
  by.request(kind, { targets: [asked.pubkey], ...told });
const fails = (request: NostrEvent): Promise<NostrEvent> =>
  asked.say(request, { status: 'error', error: { code: 'handler-failed', detail: 'It broke.' } });

async function stranger(): Promise<ScriptedCustomer> {
  const opened = await openScriptedCustomer(stage);
  customers.push(opened);
  return opened;
}

/** What a provider has offered for a request so far. */
function offersBy({ signer }: Pick<Seller, 'signer'>, request: NostrEvent, to = customer): JobFeedback[] {
  return to
    .answers(request)
    .filter(({ pubkey }) => pubkey === signer.pubkey)
    .flatMap((event) => {
      const read = parseJobFeedback(event);
      return read.ok && read.value.status === 'payment-required' ? [read.value] : [];
    });
}

const offered = (seller: Seller, request: NostrEvent, to = customer): Promise<JobFeedback> =>
  vi.waitFor(
    () => {
      const [offer] = offersBy(seller, request, to);
      if (offer === undefined) throw new Error('It has not come.');
      return offer;
    },
    { timeout: 30_000, interval: 20 },
  );

/** Nothing that came before this job is rescued any more once this one is: looks go from the oldest to the newest. */
async function rescuesAnother(seller: Seller): Promise<void> {
  const by = await stranger();
  const request = await ask({}, by);
  await fails(request);
  await offered(seller, request, by);
}

describe('a job that was asked of somebody else', () => {
  test('is rescued after an error, by an ordinary offer that says for whom, and paid', async () => {
    const seller = await openRescuer();
    const request = await ask();
    await fails(request);
    const offer = await offered(seller, request);
    const by = { failedPubkey: asked.pubkey, reason: 'error' };
    expect(offer).toMatchObject({ rescue: by, exchange: 'hold', amount: { msat: satsToMsat(5) } });
    const paying = customer.pay(offer.bolt11);
    const result = await customer.result(request);
    expect(result).toMatchObject({ content: 'A RED FOX', providerPubkey: seller.signer.pubkey });
    await paying;
    await seller.until(({ requestId, money }) => requestId === request.id && money === 'settled');
    expect(seller.rescues).toEqual([by]);
  });

  test('is rescued after silence, and when the work is late', async () => {
    const seller = await openRescuer({ silenceSeconds: 1, lateSeconds: 1 });
    const waiting = await stranger();
    const [silent, late] = [await ask(), await ask({}, waiting)];
    await asked.say(late, { status: 'processing', usualSeconds: 1, worstSeconds: 1 });
    expect((await offered(seller, silent)).rescue).toEqual({
      failedPubkey: asked.pubkey,
      reason: 'silence',
    });
    expect((await offered(seller, late, waiting)).rescue).toMatchObject({ reason: 'late' });
  });

  test('is left alone while its provider offers or works, after a result, and once it is withdrawn', async () => {
    const seller = await openRescuer();
    const quoted = await ask({}, await stranger());
    await asked.quote(quoted, 3);
    const working = await ask({}, await stranger());
    await asked.say(working, { status: 'processing', usualSeconds: 1, worstSeconds: 600 });
    const delivered = await ask({}, await stranger());
    await asked.deliver(delivered, 'late, but there');
    await fails(delivered);
    const by = await stranger();
    const withdrawn = await ask({}, by);
    await by.cancel(withdrawn);
    await fails(withdrawn);
    const expired = await ask({ expiresAt: unixNow() - 1 }, await stranger());
    await fails(expired);
    await rescuesAnother(seller);
    expect(seller.moves.map(({ requestId }) => requestId)).not.toContain(quoted.id);
    expect(new Set(seller.moves.map(({ requestId }) => requestId)).size).toBe(1);
  });

  test('is none of our business where it is encrypted, our own, or names others and we want none of these', async () => {
    const own = secretKeySigner(generateSecretKey());
    const seller = await openRescuer({}, { ownPubkeys: [own.pubkey, customer.signer.pubkey] });
    const modest = await openRescuer({ targeted: false });
    const secretive = await stranger();
    const sealing = { peerPubkey: asked.pubkey, scheme: 'nip44', ciphers: secretive.signer } as const;
    const open = {
      kind,
      created_at: unixNow(),
      tags: [
        ['p', asked.pubkey],
        ['i', 'a secret', 'text'],
      ],
      content: '',
    };
    await fails(await secretive.publish(orThrow(await sealRequest(open, sealing))));
    await fails(await ask()); // by one of our own keys
    const forOwn = await ask({ targets: [own.pubkey] }, await stranger());
    await asked.say(forOwn, { status: 'error' });
    await rescuesAnother(seller);
    expect(new Set(seller.moves.map(({ requestId }) => requestId)).size).toBe(1);
    expect(modest.moves).toEqual([]);
  });

  test('is never worked on before it is paid, however much its customer is trusted', async () => {
    const trust = () => ({
      workUnpaidUpToMsat: satsToMsat(1000),
      deliverUnpaidUpToMsat: satsToMsat(1000),
    });
    const onTrust = await openRescuer({}, { trust, service: { exchanges: ['postpay', 'reveal', 'prepay'] } });
    const rescue = { targeted: true };
    const forFree = service({ kind, handler: shout, id: 'free', rescue });
    const atPrice = service({ kind, handler: shout, id: 'priced', priceSats: 7, rescue });
    const both = await openSeller(stage, [forFree, atPrice]);
    sellers.push(both);
    const request = await ask();
    await fails(request);
    expect((await offered(onTrust, request)).exchange).toBe('prepay');
    expect((await offered(both, request)).amount?.msat).toBe(satsToMsat(7));
  });
});

describe('the limits of rescues', () => {
  test('the least price holds, against the bid as well', async () => {
    const seller = await openRescuer({ fromMsat: satsToMsat(20) });
    const cheap = await ask({ bidMsat: satsToMsat(19) }, await stranger());
    await fails(cheap);
    const request = await ask({ bidMsat: satsToMsat(20) });
    await fails(request);
    expect((await offered(seller, request)).amount?.msat).toBe(satsToMsat(20));
    expect(seller.moves.map(({ requestId }) => requestId)).not.toContain(cheap.id);
  });

  test('so many in an hour, which a restart does not forget, and each job once', async () => {
    const [signer, ledger] = [secretKeySigner(generateSecretKey()), stage.openLedger()];
    const first = await openRescuer({ perHour: 2 }, { signer, ledger });
    const by = await stranger();
    const request = await ask({}, by);
    await fails(request);
    const offer = await offered(first, request, by);
    await first.close();
    const again = await openRescuer({ perHour: 2 }, { signer, ledger });
    await rescuesAnother(again);
    const third = await ask();
    await fails(third);
    const boundless = await openRescuer({});
    await offered(boundless, third);
    expect(offersBy(again, third)).toEqual([]);
    expect(offersBy(again, request, by).map(({ id }) => id)).toEqual([offer.id]);
  });

  test('one offer to a customer at a time, and none to who is blocked: a flood of failures is no flood of offers', async () => {
    const blocked = await stranger();
    const access: AccessPolicy = (pubkey) => (pubkey === blocked.signer.pubkey ? 'blocked' : 'open');
    const seller = await openRescuer({ atOnce: 2 }, { access });
    await fails(await ask({}, blocked));
    const baits = await Promise.all(Array.from({ length: 10 }, () => ask()));
    await Promise.all(baits.map(fails));
    await vi.waitFor(() => expect(seller.moves.length).toBeGreaterThan(0), { timeout: 20_000 });
    await rescuesAnother(seller);
    expect(new Set(seller.moves.map(({ requestId }) => requestId)).size).toBe(2);
    expect(baits.flatMap((bait) => offersBy(seller, bait))).toHaveLength(1);
  });

  test('two machines with the same books make one offer', async () => {
    const [signer, ledger] = [secretKeySigner(generateSecretKey()), stage.openLedger()];
    const [one, other] = [
      await openRescuer({}, { signer, ledger }),
      await openRescuer({}, { signer, ledger }),
    ];
    const request = await ask();
    await fails(request);
    await offered(one, request);
    await vi.waitFor(() => expect(one.rescues.length + other.rescues.length).toBe(1), { timeout: 20_000 });
    await rescuesAnother(one);
    expect(offersBy(one, request)).toHaveLength(1);
  });
});

describe('failures that are made up', () => {
  test('by keys that were not asked change nothing', async () => {
    const seller = await openRescuer();
    const request = await ask();
    const accomplice = await stranger();
    for (const status of ['error', 'processing'] as const)
      await accomplice.publish(buildFeedback({ request, status, createdAt: unixNow() }));
    await rescuesAnother(seller);
    expect(offersBy(seller, request)).toEqual([]);
  });

  test('bring an offer that lapses unpaid, and no work', async () => {
    const handler = vi.fn<JobHandler>(async () => 'done');
    const seller = await openRescuer({}, { service: { handler }, limits: { offerSeconds: 1 } });
    const request = await ask();
    await fails(request);
    await offered(seller, request);
    const ended = await seller.until(({ work }) => work === 'expired');
    expect(ended.failure?.code).toBe('offer-lapsed');
    expect(handler).not.toHaveBeenCalled();
  });
});

describe('a customer of coinop that names its provider', () => {
  const named = (told: Partial<Wish> = {}) => buy(stage.openCustomer(), { targets: [asked.pubkey], ...told });
  const rescuerOfText = () => openRescuer({}, { service: { kind: 5050 } });

  test('is served by who steps in, where that is welcome', async () => {
    const rescuer = await rescuerOfText();
    const purchase = await named({ welcomesRescue: true });
    await fails(await requestFor(asked));
    const receipt = orThrow(await purchase.result());
    expect(receipt).toMatchObject({ content: 'A RED FOX', providerPubkey: rescuer.signer.pubkey });
    expect(receipt.amountMsat).toBe(satsToMsat(5));
  });

  test('sees the offer, takes nothing by itself and pays nothing twice; a person may take it', async () => {
    const rescuer = await openRescuer({ lateSeconds: 1 }, { service: { kind: 5050 } });
    const [payer, asker] = [stage.openCustomer(), stage.openCustomer()];
    const locked = await buy(payer, { targets: [asked.pubkey] });
    const first = await requestFor(asked);
    const quote = await asked.quote(first, 5, { usualSeconds: 1, worstSeconds: 1 });
    await asked.untilHeld(quote);
    await asked.say(first, { status: 'processing', usualSeconds: 1, worstSeconds: 1 });
    const waits = await buy(asker, { targets: [asked.pubkey], approval: 'ask' });
    const second = await requestFor(asked);
    await asked.say(second, { status: 'processing', exchange: 'prepay', usualSeconds: 1, worstSeconds: 1 });
    const stepsIn = (purchase: PurchaseHandle) => {
      const { offers } = purchase.comparison();
      const offer = offers.find(({ providerPubkey }) => providerPubkey === rescuer.signer.pubkey);
      if (offer === undefined) throw new Error('It has not come.');
      return offer;
    };
    const shown = await vi.waitFor(() => stepsIn(locked), { timeout: 30_000 });
    expect(shown.rescue).toEqual({ failedPubkey: asked.pubkey, reason: 'late' });
    expect(await payer.get(first.id)).toMatchObject({ offer: { providerPubkey: asked.pubkey } });
    await asked.deliver(first, 'late, but there');
    await asked.settle(quote);
    expect(orThrow(await locked.result()).content).toBe('late, but there');

    const taken = await vi.waitFor(() => stepsIn(waits), { timeout: 30_000 });
    const approval = { offerId: taken.id, maxAmountMsat: taken.amountMsat };
    orThrow(await asker.approve(second.id, approval));
    expect(orThrow(await waits.result())).toMatchObject({ providerPubkey: rescuer.signer.pubkey });
  });

  test('buys a second time from who steps in only by an order, whose cap holds for both', async () => {
    const rescuer = await openRescuer({ lateSeconds: 1 }, { service: { kind: 5050 } });
    const order = orThrow(
      await stage.openCustomer().order({
        wish: { ...WISH, targets: [asked.pubkey], welcomesRescue: true },
        maxTotalMsat: satsToMsat(100),
        hedge: { after: 1 },
      }),
    );
    const request = await requestFor(asked);
    const held = await asked.quote(request, 5, { usualSeconds: 1, worstSeconds: 1 });
    await asked.untilHeld(held);
    await asked.say(request, { status: 'processing', usualSeconds: 1, worstSeconds: 1 });
    const receipt = orThrow(await order.result());
    expect(receipt.won.providerPubkey).toBe(rescuer.signer.pubkey);
    expect(receipt.spentMsat).toBeLessThanOrEqual(satsToMsat(100));
    await asked.giveBack(held);
  });
});
