import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { type Ledger, type Purchase, type Sale } from '../../src/ledger/index.ts';
import { msat, orThrow, type NostrEvent, type Outcome } from '../../src/protocol/index.ts';

/**
 * What the process that is killed does: known steps on many sales and purchases at once. Step `n` brings a
 * sale or purchase to version `n` and its event to the outbox, so that from a stored version follows
 * everything else that must be stored.
 */
export const PROVIDER = 'aa'.repeat(32);
export const CUSTOMER = 'cc'.repeat(32);

/** One line of the process's output: this version was promised to be on disk. */
export interface Acknowledged {
  readonly kind: 'sale' | 'purchase';
  readonly requestId: string;
  readonly version: number;
}

/** The event that a step puts into the outbox; its id follows from the step. */
export function eventOfStep(kind: Acknowledged['kind'], requestId: string, version: number): NostrEvent {
  const id = createHash('sha256').update(`${kind} ${requestId} ${version}`).digest('hex');
  return {
    id,
    pubkey: PROVIDER,
    created_at: 1,
    kind: 7000,
    tags: [],
    content: 'x'.repeat(300),
    sig: 'ee'.repeat(64),
  };
}

/** Work and money of a sale at each version. */
export const SALE_STEPS = {
  1: ['received', 'none'],
  2: ['accepted', 'quoted'],
  3: ['accepted', 'locked'],
  4: ['working', 'locked'],
  5: ['ready', 'locked'],
  6: ['delivered', 'settling'],
  7: ['delivered', 'settled'],
  8: ['closed', 'settled'],
} as const;

/** State of a purchase and of its payment at each version. */
export const PURCHASE_STEPS = {
  1: ['requested', null],
  2: ['offered', null],
  3: ['approved', null],
  4: ['paying', 'reserved'],
  5: ['locked', 'in-flight'],
  6: ['paid', 'settled'],
  7: ['received', 'settled'],
} as const;

/** Steps that put no event into the outbox, because the ledger gives them no place for one. */
export const SILENT_STEPS = { sale: [1, 4], purchase: [4] } as const;

/** Runs sales and purchases until the process ends. */
export async function runScript(ledger: Ledger, life: string): Promise<void> {
  const loops = [0, 1, 2, 3].flatMap((loop) => [
    repeat(`${life} sale ${loop}`, (requestId) => sellOne(ledger, requestId, `service ${life} ${loop}`)),
    repeat(`${life} purchase ${loop}`, (requestId) => buyOne(ledger, requestId)),
  ]);
  await Promise.all(loops);
}

async function repeat(name: string, run: (requestId: string) => Promise<void>): Promise<never> {
  for (let count = 0; ; count++) await run(createHash('sha256').update(`${name} ${count}`).digest('hex'));
}

async function sellOne(ledger: Ledger, requestId: string, serviceId: string): Promise<void> {
  const told = (version: number) => [{ event: eventOfStep('sale', requestId, version), relays: ['wss://r'] }];
  const move = async (seen: Sale, change: Parameters<Ledger['sales']['change']>[1]) =>
    acknowledged(await ledger.sales.change(seen, { ...change, publish: told(seen.version + 1) }));
  const { sale } = await ledger.sales.open({
    providerPubkey: PROVIDER,
    serviceId,
    request: requestOf(requestId),
  });
  acknowledge('sale', sale);
  const quote = {
    amountMsat: msat(21_000n),
    validUntil: 9,
    usualSeconds: 1,
    worstSeconds: 2,
    paymentHash: requestId,
    preimage: 'dd'.repeat(32),
    bolt11: 'lnbcrt1',
  };
  const quoted = await move(sale, { work: 'accepted', money: 'quoted', exchange: 'hold', quote });
  await move(quoted, { money: 'locked', lockedAt: 5 });
  const claim = { providerPubkey: PROVIDER, serviceIds: [serviceId], owner: 'w', leaseSeconds: 60, limit: 1 };
  const [working] = await ledger.sales.claimWork(claim);
  if (working === undefined) throw new Error('the work is not there');
  acknowledge('sale', working);
  const ready = await move(working, { work: 'ready', result: eventOfStep('sale', requestId, 5) });
  const delivered = await move(ready, { work: 'delivered', money: 'settling' });
  const settled = await move(delivered, { money: 'settled' });
  await move(settled, { work: 'closed' });

  function acknowledged(outcome: Outcome<Sale>): Sale {
    return acknowledge('sale', orThrow(outcome));
  }
}

async function buyOne(ledger: Ledger, requestId: string): Promise<void> {
  const told = (version: number) => [
    { event: eventOfStep('purchase', requestId, version), relays: ['wss://r'] },
  ];
  const move = async (seen: Purchase, change: Parameters<Ledger['purchases']['change']>[1]) =>
    acknowledge(
      'purchase',
      orThrow(await ledger.purchases.change(seen, { ...change, publish: told(seen.version + 1) })),
    );
  const { purchase } = await ledger.purchases.open({
    request: requestOf(requestId),
    relays: ['wss://r'],
    maxAmountMsat: msat(10n),
    deadlineAt: 9,
    publish: told(1),
  });
  acknowledge('purchase', purchase);
  const offer = {
    event: eventOfStep('purchase', requestId, 2),
    providerPubkey: PROVIDER,
    exchange: 'hold',
    amountMsat: msat(7n),
    feeLimitMsat: msat(1n),
    bolt11: 'lnbcrt1',
    paymentHash: requestId,
  } as const;
  const offered = await move(purchase, { state: 'offered', offer });
  const approved = await move(offered, { state: 'approved' });
  const paying = orThrow(await ledger.purchases.reserve(approved, { perJobMsat: msat(8n) }));
  acknowledge('purchase', paying);
  const locked = await move(paying, { state: 'locked', payment: 'in-flight' });
  const paid = await move(locked, { state: 'paid', payment: 'settled', feePaidMsat: msat(1n) });
  await move(paid, { state: 'received', result: eventOfStep('purchase', requestId, 7) });
}

function requestOf(requestId: string): NostrEvent {
  return { ...eventOfStep('sale', requestId, 1), id: requestId, pubkey: CUSTOMER, kind: 5050 };
}

/** Says on the pipe, at once, that the ledger promised this version. */
function acknowledge<Booked extends Sale | Purchase>(kind: Acknowledged['kind'], booked: Booked): Booked {
  const line: Acknowledged = { kind, requestId: booked.requestId, version: booked.version };
  writeSync(1, `${JSON.stringify(line)}\n`);
  return booked;
}
