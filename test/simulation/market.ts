import {
  createCustomer,
  type BuyingPolicy,
  type Customer,
  type PurchaseHandle,
} from '../../src/customer/index.ts';
import { fastSecretKeySigner } from '../../src/keys/node.ts';
import type { Ledger, Purchase } from '../../src/ledger/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import type { Wallet } from '../../src/money/index.ts';
import { addMsat, msat, orThrow, satsToMsat, ZERO_MSAT, type Msat } from '../../src/protocol/index.ts';
import { startRelayServer, type RelayServer } from '../../src/relay-server/index.ts';
import { createRelayPool, type Verifier } from '../../src/relays/index.ts';
import { castOf, type CastSize, type Seller } from './cast.ts';
import { startMarketClock, type MarketClock } from './clock.ts';
import { drawsFor, secretFor } from './draws.ts';
import { CustomerMemory } from './memory.ts';
import { PurchaseWatch } from './purchase-watch.ts';
import { RESULT_KIND, SOLD_KIND, Street } from './street.ts';
import { jobsOf, rightAnswer, type Job } from './work.ts';

/** What one market is played with. */
export interface MarketGame {
  readonly seed: number;
  readonly size: CastSize;
  readonly jobs: number;
  readonly choose: BuyingPolicy['choose'];
  readonly customerWallet: Wallet;
  readonly sellerWallets: readonly Wallet[];
  /** Shared by the parties of all markets. */
  readonly verifier: Verifier;
}

/** What became of one job. */
export interface JobOutcome {
  readonly job: Job;
  /** `right`: what was wished for is here. `wrong`: something else is. `nothing`: nothing is. */
  readonly brought: 'right' | 'wrong' | 'nothing';
  /** From the wish until that was clear, by the market's clock. */
  readonly seconds: number;
  /** What left the wallet for good, with fees. */
  readonly spentMsat: Msat;
  /** Whose offer was taken last. */
  readonly seller: Seller | null;
}

/** How long offers and results are waited for. */
const DEADLINE_SECONDS = 120;
/** Answers take this long to come in. */
const OFFERS_SECONDS = 1;
/** After the deadline a customer gives what is under way another half minute. */
const OVERDUE_SECONDS = 31;
/** A wish allows so many times what is usual. */
const MAX_FACTOR = 4n;
/** How often right work is found worthless, and wrong work right. */
const DISPLEASED = 0.02;
const DECEIVED = 0.1;
/** Requests, results, feedback and reviews. */
const HEARSAY_KINDS = [SOLD_KIND, RESULT_KIND, 7000, 7];
/** A job that hangs for this long by the machine's clock is a bug. */
const STUCK_MS = 120_000;

/** Plays a market: one customer with an empty ledger buys one job after the other. */
export async function playMarket(game: MarketGame): Promise<JobOutcome[]> {
  const clock = startMarketClock();
  const { verifier } = game;
  const relay = await startRelay(clock, verifier);
  const pools = [0, 1].map(() => createRelayPool({ verifier, now: clock.now }));
  const [streetPool, customerPool] = pools;
  if (streetPool === undefined || customerPool === undefined) throw new Error('There are two pools.');
  const ledger = openSqlLedger({ path: ':memory:', now: clock.now });
  const street = new Street({
    seed: game.seed,
    cast: castOf(game.seed, game.size),
    clock,
    pool: streetPool,
    relayUrl: relay.url,
    wallets: game.sellerWallets,
  });
  const watch = new PurchaseWatch();
  const signer = fastSecretKeySigner(secretFor(game.seed, 'customer'));
  const memory = new CustomerMemory(signer.pubkey, clock.now);
  const customer = createCustomer({
    signer,
    ledger,
    records: memory.records,
    wallet: game.customerWallet,
    relays: customerPool,
    relayUrls: [relay.url],
    caps: { perJobMsat: satsToMsat(1000) },
    refundLud16: 'customer@coinop.invalid',
    now: clock.now,
    onChange: (purchase) => watch.hear(purchase),
  });
  try {
    await street.open();
    const told = await customerPool.query([relay.url], [{ kinds: HEARSAY_KINDS }]);
    for (const event of told) memory.hear(event);
    const outcomes: JobOutcome[] = [];
    for (const job of jobsOf(game.seed, game.jobs))
      outcomes.push(await buy({ game, clock, street, customer, watch, ledger, memory }, job));
    return outcomes;
  } finally {
    await customer.close();
    street.close();
    for (const pool of pools) await pool.close();
    await ledger.close();
    await relay.close();
  }
}

interface Parts {
  readonly game: MarketGame;
  readonly clock: MarketClock;
  readonly street: Street;
  readonly customer: Customer;
  readonly watch: PurchaseWatch;
  readonly ledger: Ledger;
  readonly memory: CustomerMemory;
}

async function buy(
  { game, clock, street, customer, watch, ledger, memory }: Parts,
  job: Job,
): Promise<JobOutcome> {
  const wishedAt = clock.now();
  let allAreHere = false;
  const stuck = Promise.withResolvers<never>();
  const timer = setTimeout(() => stuck.reject(new Error(`Job ${job.index} hangs.`)), STUCK_MS);
  const handle = orThrow(
    await customer.buy({
      kind: SOLD_KIND,
      inputs: [job.input],
      maxAmountMsat: msat(job.fairMsat * MAX_FACTOR),
      deadlineSeconds: DEADLINE_SECONDS,
      policy: {
        offerWaitMs: 0,
        choose: (offers) => {
          if (!allAreHere) return null;
          const choice = game.choose(offers);
          if (choice === null && !street.isAtWork()) letTimePass();
          return choice;
        },
      },
    }),
  );
  const { request, deadlineAt } = await booked(ledger, handle.requestId);
  const letTimePass = () => {
    clock.advance(Math.max(0, deadlineAt + OVERDUE_SECONDS - clock.now()));
    street.tick(request).catch(stuck.reject);
  };
  clock.advance(OFFERS_SECONDS);
  watch.follow(handle.requestId, (pubkey) => street.accept(pubkey));
  try {
    await Promise.race([
      street.answer(handle.requestId, {
        job,
        deadlineAt,
        onEnded: (ending) => {
          if (ending === 'silent') letTimePass();
        },
        onFault: stuck.reject,
      }),
      stuck.promise,
    ]);
    await street.tick(request);
    await Promise.race([untilTick(handle), stuck.promise]);
    allAreHere = true;
    await street.tick(request);
    const outcome = await Promise.race([handle.result(), stuck.promise]);
    const seconds = clock.now() - wishedAt;
    await street.endLocks();
    await Promise.race([watch.untilItRests(ledger), stuck.promise]);
    const purchase = await booked(ledger, handle.requestId);
    const content = outcome.ok ? outcome.value.content : null;
    const brought = content === null ? 'nothing' : content === rightAnswer(job.input) ? 'right' : 'wrong';
    await memory.note(ledger, purchase, isFoundWorthless(game.seed, job, brought));
    return {
      job,
      brought,
      seconds,
      spentMsat: spentOn(purchase),
      seller: street.sellerOf(purchase.offer?.providerPubkey ?? ''),
    };
  } finally {
    clearTimeout(timer);
  }
}

/** People err: some junk passes for good work, and some good work does not please. */
function isFoundWorthless(seed: number, job: Job, brought: JobOutcome['brought']): boolean {
  const isMistaken = drawsFor(seed, 'judgement', job.index)() < (brought === 'right' ? DISPLEASED : DECEIVED);
  return brought === 'right' ? isMistaken : !isMistaken;
}

/** Resolves when the customer has heard a tick, and with it everything that was said before. */
async function untilTick(handle: PurchaseHandle): Promise<void> {
  for await (const update of handle.events()) if (update.type === 'progress') return;
}

async function booked(ledger: Ledger, requestId: string): Promise<Purchase> {
  const purchase = await ledger.purchases.get(requestId);
  if (purchase === null) throw new Error('The ledger has lost a purchase.');
  return purchase;
}

/** The preimage proves that the money is gone. */
function spentOn({ preimage, offer, feePaidMsat }: Purchase): Msat {
  if (preimage === null || offer === null) return ZERO_MSAT;
  return addMsat(offer.amountMsat, feePaidMsat ?? ZERO_MSAT);
}

/** A relay that lives in the market's time, and takes whatever many sellers say at once. */
async function startRelay(clock: MarketClock, verifier: Verifier): Promise<RelayServer> {
  return orThrow(
    await startRelayServer({
      databasePath: ':memory:',
      verify: (event) => verifier.verify(event),
      now: clock.now,
      limits: {
        eventsPerSecond: 100_000,
        eventBurst: 100_000,
        requestsPerSecond: 10_000,
        requestBurst: 100_000,
        maxSubscriptions: 2_000,
      },
    }),
  );
}
