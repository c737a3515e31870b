import { randomBytes } from 'node:crypto';
import type { Wallet } from '../../money/index.ts';
import { satsToMsat } from '../../protocol/index.ts';
import type { SqliteStore } from '../../store/index.ts';
import { integer, text, word } from '../sql-row.ts';
import { worthOf, type MintKeysets } from './keysets.ts';
import { MintRefusal, REFUSALS } from './refusal.ts';
import type { BlindedOutput } from './requests.ts';
import { signOutputs, type BlindSignature } from './signing.ts';

const QUOTE_SECONDS = 3600;

/** A mint quote as NUT-04 and NUT-23 show it. */
export interface ShownMintQuote {
  readonly quote: string;
  readonly request: string;
  readonly amount: number;
  readonly unit: 'sat';
  readonly state: 'UNPAID' | 'PAID' | 'ISSUED';
  readonly expiry: number;
}

/** Ecash for paid invoices (NUT-04). Only the mint's own wallet says what is paid. */
export class MintQuotes {
  readonly #store: SqliteStore;
  readonly #keysets: MintKeysets;
  readonly #wallet: Wallet;

  constructor(store: SqliteStore, keysets: MintKeysets, wallet: Wallet) {
    this.#store = store;
    this.#keysets = keysets;
    this.#wallet = wallet;
  }

  async create(amount: number, description: string): Promise<ShownMintQuote> {
    const invoice = await this.#wallet.makeInvoice({
      amountMsat: satsToMsat(amount),
      description,
      expirySeconds: QUOTE_SECONDS,
    });
    if (!invoice.ok) throw new MintRefusal(REFUSALS.lightningFailed, invoice.failure.message);
    const { bolt11, paymentHash, createdAt } = invoice.value;
    const quote = randomBytes(16).toString('hex');
    await this.#store.write((db) =>
      db
        .prepare(
          `INSERT INTO mint_quotes (quote, bolt11, payment_hash, amount, expires_at, state)
           VALUES (?, ?, ?, ?, ?, 'UNPAID')`,
        )
        .run(quote, bolt11 ?? '', paymentHash, amount, createdAt + QUOTE_SECONDS),
    );
    return this.#read(quote).shown;
  }

  /** The quote, after asking the wallet where it was unpaid so far. */
  async look(quote: string): Promise<ShownMintQuote> {
    const { shown, paymentHash } = this.#read(quote);
    if (shown.state !== 'UNPAID') return shown;
    const payment = await this.#wallet.lookup({ paymentHash });
    if (!payment.ok || payment.value?.state !== 'settled' || payment.value.direction !== 'incoming')
      return shown;
    await this.#store.write((db) =>
      db.prepare(`UPDATE mint_quotes SET state = 'PAID' WHERE quote = ? AND state = 'UNPAID'`).run(quote),
    );
    return this.#read(quote).shown;
  }

  /** Signs what was paid for, once. */
  async issue(quote: string, outputs: readonly BlindedOutput[]): Promise<BlindSignature[]> {
    const { state, amount } = await this.look(quote);
    if (state === 'UNPAID') throw new MintRefusal(REFUSALS.quoteUnpaid, 'Quote request is not paid');
    if (worthOf(outputs) !== amount)
      throw new MintRefusal(REFUSALS.unbalanced, 'Outputs are not worth what was paid');
    return this.#store.write((db) => {
      const moved = db
        .prepare(`UPDATE mint_quotes SET state = 'ISSUED' WHERE quote = ? AND state = 'PAID'`)
        .run(quote);
      if (moved.changes === 0) throw new MintRefusal(REFUSALS.alreadyIssued, 'Quote has already been issued');
      return signOutputs(db, this.#keysets, outputs);
    });
  }

  #read(quote: string): { shown: ShownMintQuote; paymentHash: string } {
    const statement = this.#store.db.prepare('SELECT * FROM mint_quotes WHERE quote = ?');
    statement.setReadBigInts(true);
    const row = statement.get(quote);
    if (row === undefined) throw new MintRefusal(REFUSALS.malformed, 'There is no such quote');
    return {
      paymentHash: text(row, 'payment_hash'),
      shown: {
        quote,
        request: text(row, 'bolt11'),
        amount: integer(row, 'amount'),
        unit: 'sat',
        state: word(row, 'state', ['UNPAID', 'PAID', 'ISSUED']),
        expiry: integer(row, 'expires_at'),
      },
    };
  }
}
