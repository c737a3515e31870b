import type { Customer } from '../../../../src/customer/index.ts';
import type { BrowserLedger } from '../../../../src/ledger/browser.ts';
import { success, type Failure, type Outcome } from '../../../../src/protocol/index.ts';
import { createCell, type Cell } from '../cell.ts';
import type { OwnersDesk } from '../desk.ts';
import { askAnew } from '../moving/ask-anew.ts';
import { BOUGHT_ELSEWHERE, shopClaim } from '../moving/browser-claim.ts';
import { notePaidElsewhere, readPaidElsewhere, type PaidElsewhere } from '../moving/paid-elsewhere.ts';
import type { Vault } from '../vault.ts';

/** Where a customer is at work, unless these purchases have gone on in another browser. */
export interface Counter {
  /** Who buys, or only shows what was bought; another one after a change. */
  readonly customer: Customer;
  /** Goes on with what is open; resolves at once where relays are asked first. */
  begin(): Promise<void>;
  /** Why nothing is bought here; `null` while it is. */
  readonly elsewhere: Cell<Failure | null>;
  readonly paidElsewhere: PaidElsewhere;
  /** Resolves when it is known who buys. Fails with `bought-elsewhere`. */
  here(): Promise<Outcome<void>>;
  /** Makes a change while nobody buys, and goes on after it. */
  whileIdle<Value>(change: () => Promise<Value>): Promise<Value>;
  /** The wallet goes: no other one makes the payments that it has begun. Only within `whileIdle`. */
  walletLeaves(): Promise<void>;
  /** A copy of the books was made: says which browser goes on with them, and stops when another one says so. */
  claim(): Promise<void>;
  /** Goes on here, and has the other browser stop. */
  takeOver(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the counter. Books that never left their browser are bought with at once; with others only when no other browser
 * claims them, which takes as long as relays do. `hire` makes a customer at work, `rest` one that only shows; `resume`
 * is told when somebody is at work.
 */
export async function openCounter(parts: {
  readonly desk: OwnersDesk;
  readonly vault: Vault;
  readonly ledger: BrowserLedger;
  readonly hire: (paidElsewhere: PaidElsewhere) => Customer;
  readonly rest: () => Customer;
  readonly resume: (customer: Customer) => Promise<void>;
}): Promise<Counter> {
  const { desk, vault, ledger, hire, rest, resume } = parts;
  const owner = { vault, ledger, ownerPubkey: desk.pubkey };
  const claim = shopClaim(vault, desk.pubkey);
  const isClaimed = await claim.isNeeded();
  const elsewhere = createCell<Failure | null>(isClaimed ? BOUGHT_ELSEWHERE : null);
  let paidElsewhere = await readPaidElsewhere(owner);
  let customer = isClaimed ? rest() : hire(paidElsewhere);
  let holding = new AbortController();
  let turn: Promise<unknown> = Promise.resolve();
  /** One change of who is at work after the other. */
  const inTurn = <Value>(run: () => Promise<Value>): Promise<Value> => {
    const next = turn.then(run);
    turn = next.catch(() => undefined); // told to whoever began it
    return next;
  };
  const goOn = async (): Promise<void> => {
    customer = elsewhere.value === null ? hire(paidElsewhere) : rest();
    if (elsewhere.value === null) await resume(customer);
  };
  const whileIdle = async <Value>(change: () => Promise<Value>): Promise<Value> => {
    await customer.close();
    try {
      return await change();
    } finally {
      await goOn();
    }
  };
  const onLost = () => void inTurn(lose).catch(() => undefined); // the books were closed: nobody buys with them here
  const hold = async (): Promise<Failure | null> => {
    holding.abort();
    holding = new AbortController();
    const { signal } = holding;
    const { signer, relays, relayUrls } = desk;
    const until = AbortSignal.any([signal, desk.signal]);
    const held = await claim.hold({ signer, relays, relayUrls, signal: until, onLost });
    return held.ok ? null : held.failure;
  };
  const lose = async (): Promise<void> => {
    if (elsewhere.value !== null) return;
    holding.abort();
    await whileIdle(async () => elsewhere.set(BOUGHT_ELSEWHERE));
  };
  const walletLeaves = async (): Promise<void> => {
    await notePaidElsewhere(owner);
    paidElsewhere = await readPaidElsewhere(owner);
  };
  const settle = (): Promise<void> =>
    whileIdle(async () => {
      if (await claim.isFresh()) {
        await walletLeaves();
        await askAnew(ledger, desk.pubkey);
      }
      elsewhere.set(await hold());
    });

  return {
    get customer() {
      return customer;
    },
    async begin() {
      if (isClaimed)
        void inTurn(settle).catch(() => undefined); // as above
      else await inTurn(() => resume(customer));
    },
    elsewhere,
    get paidElsewhere() {
      return paidElsewhere;
    },
    async here() {
      await turn;
      return elsewhere.value === null ? success(undefined) : { ok: false, failure: elsewhere.value };
    },
    whileIdle: (change) => inTurn(() => whileIdle(change)),
    walletLeaves,
    claim: () =>
      inTurn(async () => {
        if (elsewhere.value === null && (await hold()) !== null) await lose();
      }),
    async takeOver() {
      await claim.take();
      await inTurn(settle);
    },
    async close() {
      holding.abort();
      await turn;
      await customer.close();
    },
  };
}
