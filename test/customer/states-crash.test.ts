import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { Customer, Wish } from '../../src/customer/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import {
  ORDER_MOVES,
  PURCHASE_MOVES,
  type Ledger,
  type PurchaseState,
  type SpendingCaps,
} from '../../src/ledger/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import type { Wallet } from '../../src/money/index.ts';
import { failure, satsToMsat, type NostrEvent } from '../../src/protocol/index.ts';
import { CUSTOMER_POINTS, ORDER_POINTS, REFUND_POINTS } from '../crash/points.ts';
import { Death } from '../fixtures/death.ts';
import { faultyWallet } from './faulty-wallet.ts';
import type { ScriptedAsk, ScriptedProvider, ScriptedQuote } from './scripted-provider.ts';
import { openBuyingStage, untilState, WISH, type BuyingStage } from './stage.ts';

let stage: BuyingStage;
let death: Death;
beforeAll(async () => {
  stage = await openBuyingStage();
});
beforeEach(() => {
  death = new Death();
});
afterEach(async () => {
  death.bury();
  await stage.sweep();
});
afterAll(() => stage.close());

/** One purchase, its provider, and what happened so far. */
interface Scene {
  readonly seller: ScriptedProvider;
  readonly request: NostrEvent;
  /** Lets the deadline pass, and has the customer look. */
  readonly late: (seconds?: number) => Promise<void>;
  /** A wallet that cannot say anything until `wake`. */
  readonly wake: () => void;
}

/** How a purchase comes into a state, and how its next life ends it. */
interface Way {
  readonly wish?: Partial<Wish>;
  readonly caps?: SpendingCaps;
  readonly silentWallet?: true;
  /** Leads there; the customer dies on the way. */
  readonly to: (scene: Scene, doomed: Customer) => Promise<unknown>;
  /** What happens in the next life, given what `to` comes to: never anything where a dead customer is asked. */
  readonly next?: (scene: Scene, next: Customer, came: Promise<unknown>) => Promise<unknown>;
  /** Where it ends; the first that fits. */
  readonly ends: readonly PurchaseState[];
  readonly paid: boolean;
}

const holding = async ({ seller, request }: Scene): Promise<ScriptedQuote> => {
  const quote = await seller.quote(request, 21);
  await seller.untilHeld(quote);
  return quote;
};
const prepaid = async ({ seller, request }: Scene): Promise<ScriptedAsk> => {
  const ask = await seller.ask(request, 21);
  await seller.untilPaid(ask);
  return ask;
};
const deliver = ({ seller, request }: Scene) => seller.deliver(request, 'done');
const deliverHeld = async (scene: Scene, _next: Customer, came: Promise<unknown>) => {
  const quote = (await came) as ScriptedQuote;
  await deliver(scene);
  await scene.seller.settle(quote);
};

/** The states besides those in which processes are killed (`test/crash`). */
const STATES = [
  'no-offer',
  'expired',
  'cancelled',
  'over-budget',
  'locked',
  'paid',
  'undelivered',
  'unreconciled',
  'reviewed',
] as const satisfies readonly PurchaseState[];

const PLACES = STATES.flatMap((state) => [[state, 'before'] as const, [state, 'after'] as const]);

const WAYS: Readonly<Record<(typeof STATES)[number], Way>> = {
  'no-offer': { to: ({ late }) => late(), ends: ['no-offer'], paid: false },
  expired: {
    wish: { approval: 'ask' },
    to: async (scene, doomed) => {
      await scene.seller.quote(scene.request, 21);
      await vi.waitFor(
        async () => expect((await doomed.comparison(scene.request.id))?.offers).toHaveLength(1),
        { timeout: 20_000 },
      );
      await scene.late();
    },
    ends: ['expired', 'no-offer'], // the next life may look before the relay has told it of the offer
    paid: false,
  },
  cancelled: {
    to: ({ request }, doomed) => doomed.cancel(request.id),
    next: ({ request }, next) => next.cancel(request.id),
    ends: ['cancelled'],
    paid: false,
  },
  'over-budget': {
    caps: { perJobMsat: satsToMsat(100), perDayMsat: satsToMsat(1) },
    to: ({ seller, request }) => seller.quote(request, 21),
    ends: ['over-budget'],
    paid: false,
  },
  locked: { to: holding, next: deliverHeld, ends: ['received'], paid: true },
  paid: { wish: { exchanges: ['prepay'] }, to: prepaid, next: deliver, ends: ['received'], paid: true },
  undelivered: {
    wish: { exchanges: ['prepay'] },
    to: async (scene, doomed) => {
      await prepaid(scene);
      await untilState(doomed, scene.request.id, 'paid');
      await scene.late(3600); // a result may come a little after the deadline
    },
    next: deliver,
    ends: ['received'],
    paid: true,
  },
  unreconciled: {
    silentWallet: true,
    to: async (scene) => {
      const quote = await holding(scene);
      await scene.late(3600);
      return quote;
    },
    next: async (scene, next, came) => {
      scene.wake();
      await deliverHeld(scene, next, came);
    },
    ends: ['received'],
    paid: true,
  },
  reviewed: {
    to: async (scene, doomed) => {
      await deliver(scene);
      await untilState(doomed, scene.request.id, 'received');
      await doomed.review(scene.request.id, { rating: 1 });
    },
    next: ({ request }, next) => next.review(request.id, { rating: 1 }),
    ends: ['reviewed'],
    paid: false,
  },
};

const SILENT = failure('wallet-unreachable', 'no way to the wallet');

function walletOf(way: Way): { readonly wallet: ReturnType<typeof faultyWallet>; readonly wake: () => void } {
  const real = stage.wallet();
  let silent = true;
  const wallet = faultyWallet(
    real,
    way.silentWallet === undefined
      ? {}
      : {
          pay: (payment) => {
            void real.pay(payment);
            return Promise.resolve(failure('wallet-timeout', 'no answer in time'));
          },
          lookup: (payment, call) => (silent ? Promise.resolve(SILENT) : real.lookup(payment, call)),
          subscribe: () => undefined,
        },
  );
  return { wallet, wake: () => (silent = false) };
}

test.each(PLACES)(
  'dead at %s, %s its commit: the next life ends the purchase, and pays at most once',
  { timeout: 60_000 },
  async (state, when) => {
    const way = WAYS[state];
    const seller = await stage.openProvider('alice');
    const signer = secretKeySigner(generateSecretKey());
    let fatal: string | null = `purchase.${state}:${when}-commit`;
    const ledger = openSqlLedger({
      path: ':memory:',
      now: () => Math.floor(Date.now() / 1000) + stage.clock.aheadSeconds,
      checkpoint: (name) => fatal !== null && death.at(fatal)(name),
    });
    const { wallet, wake } = walletOf(way);
    const caps = way.caps === undefined ? {} : { caps: way.caps };
    const doomed = stage.openCustomer({
      signer,
      ...caps,
      ledger: death.mortal<Ledger>(ledger),
      wallet: death.mortal<Wallet>(wallet),
    });
    await doomed.buy({ ...WISH, ...way.wish });
    const request = await seller.nextRequest();
    const late = async (seconds = 61): Promise<void> => {
      stage.clock.aheadSeconds += seconds;
      await seller.say(request, { status: 'processing', info: 'an event makes it look' });
    };
    const scene: Scene = { seller, request, late, wake };
    // A dead customer's calls never return.
    const came = way.to(scene, doomed).catch(() => undefined);
    await vi.waitFor(() => expect(death.isDead).toBe(true), { timeout: 20_000 });
    fatal = null;

    const next = stage.openCustomer({ signer, ledger, wallet, ...caps });
    await next.resume();
    await way.next?.(scene, next, came);
    await vi.waitFor(async () => expect(way.ends).toContain((await next.get(request.id))?.state), {
      timeout: 20_000,
    });
    const payments = async () =>
      (await ledger.purchases.payments(request.id)).filter((each) => each.state === 'settled').length;
    await vi.waitFor(async () => expect(await payments()).toBe(way.paid ? 1 : 0), { timeout: 20_000 });
    expect(new Set(wallet.payCalls).size).toBe(way.paid ? 1 : 0);
    await next.close();
    await ledger.close();
  },
);

test('every state of a purchase and of an order has a place to die in', () => {
  const points = [...CUSTOMER_POINTS, ...REFUND_POINTS].map(([at]) => at);
  const killedIn = (machine: string, places: readonly string[]) =>
    places.flatMap((at) => new RegExp(`^${machine}\\.([a-z-]+):`).exec(at)?.[1] ?? []);
  const purchases = new Set([...killedIn('purchase', points), ...STATES]);
  expect(Object.keys(PURCHASE_MOVES).filter((known) => !purchases.has(known))).toEqual([]);
  const orders = new Set(killedIn('order', ORDER_POINTS));
  expect(Object.keys(ORDER_MOVES).filter((state) => !orders.has(state))).toEqual([]);
});
