import { createHmac, randomBytes } from 'node:crypto';
import { createNewMintKeys, serializeMintKeys } from '@cashu/cashu-ts';
import type { SqliteStore } from '../../store/index.ts';
import { bytes, integer } from '../sql-row.ts';
import { MintRefusal, REFUSALS } from './refusal.ts';

/** Denominations 1 to 2^31 sat. */
const DENOMINATIONS = 32;

/** A set of keys, one for each denomination (NUT-01, NUT-02). */
export interface MintKeyset {
  readonly id: string;
  readonly isActive: boolean;
  /** Thousandths of a sat for each input. */
  readonly inputFeePpk: number;
  /** Amount in sats, decimal → public key, hex. */
  readonly publicKeys: Readonly<Record<string, string>>;
  /** Amount in sats, decimal → private key. */
  readonly privateKeys: Readonly<Record<string, Uint8Array>>;
}

/** The mint's keysets; all follow from its seed, one is active. */
export class MintKeysets {
  readonly #store: SqliteStore;
  #all: readonly MintKeyset[] = [];

  private constructor(store: SqliteStore) {
    this.#store = store;
  }

  /** Reads the keysets, or makes the first one. */
  static async open(store: SqliteStore, inputFeePpk: number): Promise<MintKeysets> {
    const keysets = new MintKeysets(store);
    await store.write((db) => {
      db.prepare('INSERT OR IGNORE INTO seed (id, seed) VALUES (1, ?)').run(randomBytes(32));
      db.prepare('INSERT OR IGNORE INTO keysets (number, input_fee_ppk, is_active) VALUES (0, ?, 1)').run(
        inputFeePpk,
      );
    });
    keysets.#load();
    return keysets;
  }

  get all(): readonly MintKeyset[] {
    return this.#all;
  }

  /** Retires the active keyset: what it signed can still be spent, new ecash is signed by a new one. */
  async rotate(inputFeePpk: number): Promise<void> {
    await this.#store.write((db) => {
      db.exec('UPDATE keysets SET is_active = 0');
      db.prepare('INSERT INTO keysets (number, input_fee_ppk, is_active) VALUES (?, ?, 1)').run(
        this.#all.length,
        inputFeePpk,
      );
    });
    this.#load();
  }

  get(id: string): MintKeyset {
    const keyset = this.#all.find((known) => known.id === id);
    if (keyset === undefined) throw new MintRefusal(REFUSALS.unknownKeyset, 'Keyset is not known');
    return keyset;
  }

  #load(): void {
    const seedRow = this.#store.db.prepare('SELECT seed FROM seed').get();
    if (seedRow === undefined) throw new Error('the mint has no seed');
    const seed = bytes(seedRow, 'seed');
    const statement = this.#store.db.prepare('SELECT * FROM keysets ORDER BY number');
    statement.setReadBigInts(true);
    this.#all = statement.all().map((row) => {
      const inputFeePpk = integer(row, 'input_fee_ppk');
      const own = createHmac('sha256', seed)
        .update(`keyset ${integer(row, 'number')}`)
        .digest();
      const made = createNewMintKeys(DENOMINATIONS, own, { unit: 'sat', input_fee_ppk: inputFeePpk });
      return {
        id: made.keysetId,
        isActive: integer(row, 'is_active') === 1,
        inputFeePpk,
        publicKeys: serializeMintKeys(made.pubKeys),
        privateKeys: made.privKeys,
      };
    });
  }
}

/** What the inputs cost to spend, in sats (NUT-02). */
export function inputFeeOf(inputs: readonly { readonly id: string }[], keysets: MintKeysets): number {
  const ppk = inputs.reduce((sum, { id }) => sum + keysets.get(id).inputFeePpk, 0);
  return Math.ceil(ppk / 1000);
}

/** What pieces or outputs are worth together, in sats. */
export function worthOf(list: readonly { readonly amount: number }[]): number {
  return list.reduce((sum, { amount }) => sum + amount, 0);
}
