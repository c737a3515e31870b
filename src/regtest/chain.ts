import { coinbaseTransaction, doubleSha256, transactionId, uint32 } from './transactions.ts';

/** A mined block and the transactions in it, in order. */
export interface Block {
  readonly height: number;
  /** Header, transaction count and transactions, as Bitcoin nodes send blocks. */
  readonly raw: Uint8Array;
  readonly transactions: readonly Uint8Array[];
}

/** Bytes of a block's header, the first part of its raw form. */
export const HEADER_BYTES = 80;

/** What a chain must remember to go on after a restart. Hashes are in internal byte order. */
export interface ChainState {
  readonly height: number;
  readonly tipHash: Uint8Array;
  /** Unix seconds. LDK without `std` takes this for the present time. */
  readonly lastBlockTime: number;
  /** Transactions waiting for the next block. */
  readonly mempool: readonly Uint8Array[];
}

const GENESIS_HASH = '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206';
const BLOCK_VERSION = 0x2000_0000;
/** Regtest's difficulty in compact form: every second hash meets it. */
const REGTEST_BITS = 0x207f_ffff;
const REGTEST_TARGET_TOP_BYTE = 0x7f;
/** The transaction count of a block is written in one byte. */
const MAX_TRANSACTIONS_PER_BLOCK = 252;

/**
 * A private regtest chain: blocks with real headers, merkle roots and proof of work, but nobody checks their
 * transactions. It exists so that LDK's channels confirm and its time limits pass.
 */
export class RegtestChain {
  #height: number;
  #tipHash: Buffer;
  #lastBlockTime: number;
  readonly #mempool = new Map<string, Uint8Array>();

  /** Starts behind regtest's genesis block, or where a saved chain stopped. */
  constructor(saved: ChainState | null) {
    this.#height = saved?.height ?? 0;
    this.#tipHash = Buffer.from(saved?.tipHash ?? Buffer.from(GENESIS_HASH, 'hex').toReversed());
    this.#lastBlockTime = saved?.lastBlockTime ?? 0;
    for (const transaction of saved?.mempool ?? []) this.broadcast(transaction);
  }

  get state(): ChainState {
    return {
      height: this.#height,
      tipHash: this.#tipHash,
      lastBlockTime: this.#lastBlockTime,
      mempool: [...this.#mempool.values()],
    };
  }

  /** Puts a transaction into the next block; one that already waits is not doubled. */
  broadcast(transaction: Uint8Array): void {
    this.#mempool.set(transactionId(transaction).toString('hex'), transaction);
  }

  /**
   * Mines one block with what waits. Its time is `now` (unix seconds) but never before the last block's;
   * many blocks in one second share it, so that mining ahead does not move LDK's clock.
   */
  mine(now: number): Block {
    const height = this.#height + 1;
    const waiting = [...this.#mempool.entries()].slice(0, MAX_TRANSACTIONS_PER_BLOCK - 1);
    for (const [id] of waiting) this.#mempool.delete(id);
    const transactions = [coinbaseTransaction(height), ...waiting.map(([, raw]) => raw)];
    const time = Math.max(this.#lastBlockTime, now);
    const header = solveHeader(this.#tipHash, merkleRoot(transactions.map(transactionId)), time);
    this.#height = height;
    this.#tipHash = doubleSha256(header);
    this.#lastBlockTime = time;
    return {
      height,
      raw: Buffer.concat([header, Buffer.from([transactions.length]), ...transactions]),
      transactions,
    };
  }
}

function merkleRoot(ids: readonly Buffer[]): Buffer {
  const [root, ...others] = ids;
  if (root === undefined) throw new Error('a block has at least its coinbase transaction');
  if (others.length === 0) return root;
  const parents = Array.from({ length: Math.ceil(ids.length / 2) }, (_, pair) => {
    const left = ids[pair * 2] ?? root;
    return doubleSha256(Buffer.concat([left, ids[pair * 2 + 1] ?? left]));
  });
  return merkleRoot(parents);
}

function solveHeader(previousHash: Buffer, root: Buffer, time: number): Buffer {
  for (let nonce = 0; ; nonce += 1) {
    const header = Buffer.concat([
      uint32(BLOCK_VERSION),
      previousHash,
      root,
      uint32(time),
      uint32(REGTEST_BITS),
      uint32(nonce),
    ]);
    const mostSignificant = doubleSha256(header)[31] ?? 0xff;
    if (mostSignificant < REGTEST_TARGET_TOP_BYTE) return header;
  }
}
