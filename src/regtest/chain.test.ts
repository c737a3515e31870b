import { assert, property, uint8Array, uniqueArray } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HEADER_BYTES, RegtestChain } from './chain.ts';
import { doubleSha256, fundingTransaction, toHex, transactionId } from './transactions.ts';

const REGTEST_GENESIS = '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206';

function funding(valueSats: bigint, seed: Uint8Array): Buffer {
  return fundingTransaction({ valueSats, script: Buffer.alloc(34, 0x51), fundingSeed: seed });
}

/** Reads a block's header by the field offsets of the Bitcoin protocol. */
function headerOf(raw: Uint8Array) {
  const header = Buffer.from(raw.subarray(0, HEADER_BYTES));
  return {
    previous: toHex(header.subarray(4, 36)),
    merkleRoot: toHex(header.subarray(36, 68)),
    time: header.readUInt32LE(68),
    hash: doubleSha256(header),
  };
}

const seeds = uniqueArray(uint8Array({ minLength: 32, maxLength: 32 }), {
  maxLength: 9,
  selector: (seed) => toHex(seed),
});

describe('a private regtest chain', () => {
  test('links every block to the one before, from regtest genesis on', () => {
    const chain = new RegtestChain(null);
    let previous = toHex(Buffer.from(REGTEST_GENESIS, 'hex').toReversed());
    for (let height = 1; height <= 20; height += 1) {
      const block = chain.mine(1_800_000_000);
      const header = headerOf(block.raw);
      expect(block.height).toBe(height);
      expect(header.previous).toBe(previous);
      expect(header.hash.at(-1)).toBeLessThan(0x80); // regtest's difficulty: the top bit is clear
      previous = toHex(header.hash);
    }
  });

  test('never lets time run backwards', () => {
    const chain = new RegtestChain(null);
    const times = [100, 90, 90, 110].map((now) => headerOf(chain.mine(now).raw).time);
    expect(times).toEqual([100, 100, 100, 110]);
  });

  test('mines what waits, each transaction once, under the root of a merkle tree', () => {
    assert(
      property(seeds, (all) => {
        const chain = new RegtestChain(null);
        const transactions = all.map((seed, index) => funding(BigInt(index), seed));
        for (const transaction of [...transactions, ...transactions]) chain.broadcast(transaction);
        const block = chain.mine(1);
        expect(block.transactions.slice(1).map(toHex)).toEqual(transactions.map(toHex));
        expect(Buffer.concat([...block.transactions])).toEqual(
          Buffer.from(block.raw.subarray(HEADER_BYTES + 1)),
        );
        let row = block.transactions.map(transactionId);
        while (row.length > 1) {
          const padded = row.length % 2 === 0 ? row : [...row, ...row.slice(-1)];
          row = padded.flatMap((_, at) =>
            at % 2 === 0 ? [doubleSha256(Buffer.concat(padded.slice(at, at + 2)))] : [],
          );
          expect(row.length * 2).toBe(padded.length);
        }
        expect(headerOf(block.raw).merkleRoot).toBe(row.map(toHex).join());
        expect(chain.mine(1).transactions).toHaveLength(1);
      }),
      { numRuns: 50 },
    );
  });

  test('goes on from its saved state as if it had never stopped', () => {
    const chain = new RegtestChain(null);
    chain.mine(5);
    chain.broadcast(funding(7n, Buffer.alloc(32, 7)));
    const resumed = new RegtestChain(chain.state);
    expect(resumed.mine(6)).toEqual(chain.mine(6));
  });

  test('knows a transaction by its bytes without witness', () => {
    const signed = funding(1_000n, Buffer.alloc(32, 1));
    const withoutMarker = Buffer.concat([signed.subarray(0, 4), signed.subarray(6)]);
    const stripped = Buffer.concat([withoutMarker.subarray(0, -7), withoutMarker.subarray(-4)]);
    expect(transactionId(signed)).toEqual(doubleSha256(stripped));
    expect(transactionId(stripped)).toEqual(doubleSha256(stripped));
  });
});
