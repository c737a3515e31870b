import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesToHex } from '@noble/hashes/utils.js';
import { pause } from '../../src/clock/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { openNwcMarket } from '../fixtures/nwc-market.ts';
import { startPostgres, type PostgresServer } from '../fixtures/postgres-server.ts';
import { bringCustomers, type Customers } from './customers.ts';
import { startMachine, type Machine } from './machine.ts';
import { LIMITS, PRICE_SATS, type SoldBy } from './sold.ts';

/** How many machines do how much, and how often something happens to them. */
export interface MachinesPlan {
  /** The file of the provider's program. */
  readonly program: string;
  readonly machines: number;
  readonly jobs: number;
  /** Of so many jobs one is paid before its work, and one by a hold. */
  readonly onePaidOf: number;
  /** Requests that are under way to the relay at once. */
  readonly inFlight: number;
  /** Jobs without a result; more are not asked for, so that offers are paid before they end, however slow the machine is. */
  readonly mostOpen: number;
  /** Machines are killed, paused, or replaced after so many jobs each, by chance. */
  readonly troubleEveryJobs: number;
  /** The database is killed after this job, and comes back. */
  readonly databaseDiesAtJob: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** When it aborts nothing more is asked for; what was, comes to its end and is counted. */
  readonly enough?: AbortSignal;
}

/** What came of it. All but the figures must be empty, or equal. */
export interface MachinesReport {
  readonly seed: number;
  /** Those that were asked for. */
  readonly jobs: number;
  readonly seconds: number;
  readonly troubles: Readonly<Record<Trouble, number>>;
  /** Jobs without a result, with more than one, and for which more than one invoice was shown. */
  readonly lost: number;
  readonly doubled: number;
  readonly askedTwice: number;
  /** Sales by what became of work and money, as `closed settled`. */
  readonly sales: Readonly<Record<string, number>>;
  readonly paidJobs: number;
  /** Receipts in the books and settled payments of the provider's wallet, and what they brought. */
  readonly receipts: number;
  readonly settled: number;
  readonly receivedSats: number;
  readonly bookedSats: number;
}

type Trouble = 'kill' | 'pause' | 'replace';
const SIGNALS = { kill: 'SIGKILL', pause: 'SIGSTOP', replace: 'SIGTERM' } as const;
const TROUBLES: readonly Trouble[] = ['kill', 'kill', 'pause', 'replace'];

/** Longer than a lease: what the paused machine had is somebody else's when it wakes. */
const PAUSED_MS = (LIMITS.leaseSeconds + 2) * 1000;

/** Sells jobs from several processes on one Postgres through one relay, while things happen to all of them. */
export async function runMachines(plan: MachinesPlan): Promise<MachinesReport> {
  const market = await openNwcMarket();
  const server = await startPostgres();
  const home = await mkdtemp(join(tmpdir(), 'coinop-machines-'));
  const secretKey = generateSecretKey();
  const env = {
    COINOP_DATABASE_URL: await server.newDatabase(),
    NWC_URL: await market.serve('provider'),
    SECRET_KEY: bytesToHex(secretKey),
  };
  const machines: Machine[] = [];
  let isOver = false;
  /** Starts the process of a seat, and another whenever it has ended, as whoever runs services does. */
  const start = (seat: number): void => {
    const machine = startMachine(plan.program, {
      dir: join(home, `${seat}`),
      relayUrl: market.relay.url,
      env,
    });
    machines[seat] = machine;
    void machine.ended.then(() => isOver || start(seat));
  };
  for (let seat = 0; seat < plan.machines; seat++) start(seat);
  const troubles = { kill: 0, pause: 0, replace: 0 };
  const random = seededRandom(plan.seed);
  const healing = new Set<Promise<void>>();

  const trouble = () => {
    const machine = machines[Math.floor(random() * machines.length)];
    const kind = TROUBLES[Math.floor(random() * TROUBLES.length)] ?? 'kill';
    if (machine === undefined) return;
    troubles[kind] += 1;
    const healed = befall(machine, kind).finally(() => healing.delete(healed));
    healing.add(healed);
  };

  try {
    for (let seat = 0; seat < plan.machines; seat++) await untilReady(() => machines[seat], plan.signal);
    const { pubkey } = secretKeySigner(secretKey);
    const customers = await bringCustomers(market, pubkey, plan.signal);
    const started = performance.now();
    await askForAll(plan, customers, (asked) => {
      if (asked % plan.troubleEveryJobs === 0) trouble();
      if (asked === plan.databaseDiesAtJob) healing.add(server.crash().then(() => server.start()));
    });
    await customers.served();
    const seconds = (performance.now() - started) / 1000;
    await Promise.all(healing);
    await customers.paid();
    await untilClosed(server, env.COINOP_DATABASE_URL, plan.signal);
    return {
      seed: plan.seed,
      jobs: customers.jobs.size,
      seconds,
      troubles,
      ...whatCustomersSaw(customers),
      ...(await whatBooksSay(server, env.COINOP_DATABASE_URL)),
      ...(await whatWalletSays(market.bankWallet('provider'))),
    };
  } finally {
    isOver = true;
    for (const machine of machines) machine.signal('SIGKILL');
    await Promise.all(machines.map(({ ended }) => ended));
    await market.close();
    await server.remove();
    await rm(home, { recursive: true, force: true });
  }
}

/** Waits for whoever sits in a seat: one that did not come up is followed by another. */
async function untilReady(inSeat: () => Machine | undefined, signal: AbortSignal): Promise<void> {
  while (
    !(await inSeat()?.ready.then(
      () => true,
      () => false,
    ))
  ) {
    signal.throwIfAborted();
    await pause(100, signal);
  }
}

/** What happens to one machine; resolves when it is over. */
async function befall(machine: Machine, trouble: Trouble): Promise<void> {
  machine.signal(SIGNALS[trouble]);
  if (trouble !== 'pause') return;
  await pause(PAUSED_MS, new AbortController().signal);
  machine.signal('SIGCONT');
}

async function askForAll(
  plan: MachinesPlan,
  customers: Customers,
  onAsked: (asked: number) => void,
): Promise<void> {
  let asked = 0;
  const askOn = async (): Promise<void> => {
    while (asked < plan.jobs && plan.enough?.aborted !== true) {
      const number = ++asked;
      onAsked(number);
      await customers.served(plan.mostOpen);
      await customers.ask(modeOf(number, plan.onePaidOf), `job ${number}`);
    }
  };
  await Promise.all(Array.from({ length: plan.inFlight }, askOn));
}

function modeOf(number: number, onePaidOf: number): SoldBy {
  if (number % onePaidOf === 0) return 'prepay';
  return number % onePaidOf === 1 ? 'hold' : 'free';
}

async function untilClosed(server: PostgresServer, url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const [row] = await server.run(url, 'SELECT count(*) AS open FROM sales WHERE is_open = 1');
    if (Number(row?.['open']) === 0) return;
    signal.throwIfAborted();
    await pause(100, signal);
  }
}

function whatCustomersSaw({ jobs }: Customers) {
  const all = [...jobs.values()];
  return {
    lost: all.filter(({ results }) => results.size === 0).length,
    doubled: all.filter(({ results }) => results.size > 1).length,
    askedTwice: all.filter(({ invoices }) => invoices.size > 1).length,
    paidJobs: all.filter(({ by }) => by !== 'free').length,
  };
}

async function whatBooksSay(server: PostgresServer, url: string) {
  const states = await server.run(
    url,
    `SELECT work || ' ' || money AS state, count(*) AS n FROM sales GROUP BY 1 ORDER BY 1`,
  );
  const [receipts] = await server.run(
    url,
    'SELECT count(*) AS n, coalesce(sum(amount_msat), 0)::bigint AS msat FROM sale_receipts',
  );
  return {
    sales: Object.fromEntries(states.map(({ state, n }) => [String(state), Number(n)])),
    receipts: Number(receipts?.['n']),
    bookedSats: Number(receipts?.['msat']) / 1000,
  };
}

async function whatWalletSays(wallet: ReturnType<Awaited<ReturnType<typeof openNwcMarket>>['bankWallet']>) {
  const listed = await wallet.list({ direction: 'incoming', limit: 100_000 });
  if (!listed.ok) throw new Error(listed.failure.message);
  const settled = listed.value.filter(({ state }) => state === 'settled');
  const priced = settled.filter(({ amountMsat }) => amountMsat === BigInt(PRICE_SATS) * 1000n);
  return {
    settled: priced.length,
    receivedSats: Number(settled.reduce((sum, { amountMsat }) => sum + amountMsat, 0n)) / 1000,
  };
}

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
