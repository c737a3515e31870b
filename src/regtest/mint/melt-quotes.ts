import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { PaymentRecord, Wallet } from '../../money/index.ts';
import { parseInvoice, satsToMsat } from '../../protocol/index.ts';
import type { SqliteStore } from '../../store/index.ts';
import { integer, optionalText, text, word } from '../sql-row.ts';
import { inputFeeOf, worthOf, type MintKeysets } from './keysets.ts';
import { MintRefusal, REFUSALS } from './refusal.ts';
import { readRequest, REQUESTS, type SpentInput } from './requests.ts';
import { signOutputs } from './signing.ts';
import { takeInputs } from './spending.ts';

/** Fees of the private network are small; what is not needed comes back as change. */
const MIN_FEE_RESERVE = 2;
const FEE_RESERVE_PER_MILLE = 10;

/** A melt quote as NUT-05 and NUT-08 show it. */
export interface ShownMeltQuote {
  readonly quote: string;
  readonly request: string;
  readonly amount: number;
  readonly unit: 'sat';
  readonly fee_reserve: number;
  readonly state: 'UNPAID' | 'PENDING' | 'PAID';
  readonly expiry: number;
  readonly payment_preimage: string | null;
  readonly change: unknown[];
}

interface StoredMelt {
  readonly shown: ShownMeltQuote;
  readonly paymentHash: string;
  /** What the inputs are worth after their fee, in sats. */
  readonly paidIn: number;
  readonly blanks: string;
}

/** Lightning payments for ecash (NUT-05), with change (NUT-08). */
export class MeltQuotes {
  readonly #store: SqliteStore;
  readonly #keysets: MintKeysets;
  readonly #wallet: Wallet;
  readonly #now: () => number;
  /** Payments whose call has not returned: the wallet may not know them yet, which must not look like failure. */
  readonly #underWay = new Set<string>();

  constructor(store: SqliteStore, keysets: MintKeysets, wallet: Wallet, now: () => number) {
    this.#store = store;
    this.#keysets = keysets;
    this.#wallet = wallet;
    this.#now = now;
  }

  async create(bolt11: string): Promise<ShownMeltQuote> {
    const invoice = parseInvoice(bolt11);
    if (!invoice.ok) throw new MintRefusal(REFUSALS.malformed, invoice.failure.message);
    const { amountMsat, paymentHash, expiresAt } = invoice.value;
    if (amountMsat === null) throw new MintRefusal(REFUSALS.malformed, 'The invoice must name an amount');
    const amount = Number((amountMsat + 999n) / 1000n);
    const feeReserve = Math.max(MIN_FEE_RESERVE, Math.ceil((amount * FEE_RESERVE_PER_MILLE) / 1000));
    const quote = randomBytes(16).toString('hex');
    await this.#store.write((db) =>
      db
        .prepare(
          `INSERT INTO melt_quotes (quote, bolt11, payment_hash, amount, fee_reserve, expires_at, state)
           VALUES (?, ?, ?, ?, ?, ?, 'UNPAID')`,
        )
        .run(quote, bolt11, paymentHash, amount, feeReserve, expiresAt),
    );
    return this.#read(quote).shown;
  }

  /** The quote; where its payment was pending, after asking the wallet what became of it. */
  async look(quote: string): Promise<ShownMeltQuote> {
    const { shown, paymentHash } = this.#read(quote);
    if (shown.state !== 'PENDING' || this.#underWay.has(quote)) return shown;
    const payment = await this.#wallet.lookup({ paymentHash });
    if (payment.ok) await this.#end(quote, payment.value);
    return this.#read(quote).shown;
  }

  /** Takes the ecash, pays, and gives change, or the ecash back. */
  async pay(
    quote: string,
    inputs: readonly SpentInput[],
    blanks: readonly { readonly id: string; readonly B_: string }[],
  ): Promise<ShownMeltQuote> {
    const paidIn = worthOf(inputs) - inputFeeOf(inputs, this.#keysets);
    let isOurs = false;
    try {
      const { shown, paymentHash } = await this.#store.write((db) => {
        const melt = this.#read(quote);
        this.#assertPayable(melt.shown, paidIn);
        takeInputs(db, this.#keysets, inputs, { state: 'PENDING', quote });
        db.prepare(`UPDATE melt_quotes SET state = 'PENDING', paid_in = ?, blanks = ? WHERE quote = ?`).run(
          paidIn,
          JSON.stringify(blanks),
          quote,
        );
        this.#underWay.add(quote);
        isOurs = true;
        return melt;
      });
      const feeLimitMsat = satsToMsat(shown.fee_reserve);
      const paid = await this.#wallet.pay({ bolt11: shown.request, feeLimitMsat });
      const payment = await this.#wallet.lookup({ paymentHash });
      if (payment.ok) await this.#end(quote, payment.value);
      const after = this.#read(quote).shown;
      if (!paid.ok && after.state === 'UNPAID')
        throw new MintRefusal(REFUSALS.lightningFailed, paid.failure.message);
      return after;
    } finally {
      if (isOurs) this.#underWay.delete(quote);
    }
  }

  #assertPayable({ state, amount, fee_reserve, expiry }: ShownMeltQuote, paidIn: number): void {
    if (state === 'PAID') throw new MintRefusal(REFUSALS.alreadyPaid, 'Invoice is already paid');
    if (state === 'PENDING') throw new MintRefusal(REFUSALS.quotePending, 'Quote is pending');
    if (expiry <= this.#now()) throw new MintRefusal(REFUSALS.quoteExpired, 'Quote is expired');
    if (paidIn < amount + fee_reserve)
      throw new MintRefusal(REFUSALS.unbalanced, 'Inputs are not worth the amount and the fee reserve');
  }

  /** Books what the wallet says of the payment; while it is under way, nothing. */
  async #end(quote: string, payment: PaymentRecord | null): Promise<void> {
    if (payment?.state === 'settled' && payment.direction === 'outgoing')
      await this.#store.write((db) => this.#settle(db, quote, payment));
    else if (payment === null || payment.state === 'failed' || payment.direction === 'incoming')
      await this.#store.write((db) => {
        db.prepare(`DELETE FROM spent WHERE melt_quote = ? AND state = 'PENDING'`).run(quote);
        db.prepare(`UPDATE melt_quotes SET state = 'UNPAID' WHERE quote = ? AND state = 'PENDING'`).run(
          quote,
        );
      });
  }

  #settle(db: DatabaseSync, quote: string, payment: PaymentRecord): void {
    const { shown, paidIn, blanks } = this.#read(quote);
    if (shown.state !== 'PENDING') return;
    const feeSat = Number((payment.feePaidMsat + 999n) / 1000n);
    const change = signOutputs(db, this.#keysets, withAmounts(blanks, paidIn - shown.amount - feeSat));
    db.prepare(`UPDATE spent SET state = 'SPENT' WHERE melt_quote = ?`).run(quote);
    db.prepare(`UPDATE melt_quotes SET state = 'PAID', preimage = ?, change = ? WHERE quote = ?`).run(
      payment.preimage,
      JSON.stringify(change),
      quote,
    );
  }

  #read(quote: string): StoredMelt {
    const statement = this.#store.db.prepare('SELECT * FROM melt_quotes WHERE quote = ?');
    statement.setReadBigInts(true);
    const row = statement.get(quote);
    if (row === undefined) throw new MintRefusal(REFUSALS.malformed, 'There is no such quote');
    return {
      paymentHash: text(row, 'payment_hash'),
      paidIn: integer(row, 'paid_in'),
      blanks: text(row, 'blanks'),
      shown: {
        quote,
        request: text(row, 'bolt11'),
        amount: integer(row, 'amount'),
        unit: 'sat',
        fee_reserve: integer(row, 'fee_reserve'),
        state: word(row, 'state', ['UNPAID', 'PENDING', 'PAID']),
        expiry: integer(row, 'expires_at'),
        payment_preimage: optionalText(row, 'preimage'),
        change: readList(text(row, 'change')),
      },
    };
  }
}

/** The blank outputs that the change needs, largest denomination first (NUT-08). */
function withAmounts(blanks: string, change: number) {
  const denominations: number[] = [];
  for (let rest = change; rest > 0; rest -= denominations.at(-1) ?? rest)
    denominations.push(2 ** Math.floor(Math.log2(rest)));
  const outputs = readList(blanks).slice(0, denominations.length);
  const signed = outputs.map((blank, index) => ({ ...Object(blank), amount: denominations[index] }));
  return signed.length === 0 ? [] : readRequest(REQUESTS.mint.shape.outputs, signed);
}

function readList(json: string): unknown[] {
  const list: unknown = JSON.parse(json);
  if (!Array.isArray(list)) throw new Error('the mint holds a damaged list');
  return list;
}
