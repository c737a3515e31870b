import { createHash } from 'node:crypto';

/** SHA-256 twice, as Bitcoin hashes transactions and block headers. */
export function doubleSha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(createHash('sha256').update(bytes).digest()).digest();
}

/** Bytes as lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Little-endian, as every number in a transaction. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

const MINED_SEQUENCE = 0xffff_ffff;
const NULL_OUTPOINT = Buffer.concat([Buffer.alloc(32), uint32(0xffff_ffff)]);
const PUSH_FOUR_BYTES = 4;
const OP_TRUE = 0x51;

/** The first transaction of a block. Its script carries the height (BIP 34), so no two blocks share one. */
export function coinbaseTransaction(height: number): Buffer {
  const script = Buffer.concat([Buffer.from([PUSH_FOUR_BYTES]), uint32(height)]);
  const output = Buffer.concat([Buffer.alloc(8), withLength(Buffer.from([OP_TRUE]))]);
  return Buffer.concat([
    uint32(1),
    Buffer.from([1]),
    NULL_OUTPOINT,
    withLength(script),
    uint32(MINED_SEQUENCE),
    Buffer.from([1]),
    output,
    uint32(0),
  ]);
}

/**
 * A transaction that funds a channel: the output is the channel's real two-of-two script, the input spends
 * coins that never existed (`fundingSeed` keeps it unique). Only a private regtest accepts it.
 */
export function fundingTransaction(funding: {
  readonly valueSats: bigint;
  readonly script: Uint8Array;
  /** 32 random bytes: the transaction id the input claims to spend. */
  readonly fundingSeed: Uint8Array;
}): Buffer {
  const value = Buffer.alloc(8);
  value.writeBigUInt64LE(funding.valueSats);
  const segwitMarker = Buffer.from([0, 1]);
  const witness = Buffer.from([1, 1, 0xff]);
  return Buffer.concat([
    uint32(2),
    segwitMarker,
    Buffer.from([1]),
    funding.fundingSeed,
    uint32(0),
    withLength(Buffer.alloc(0)),
    uint32(MINED_SEQUENCE),
    Buffer.from([1]),
    value,
    withLength(funding.script),
    witness,
    uint32(0),
  ]);
}

function withLength(bytes: Uint8Array): Buffer {
  if (bytes.length >= TWO_BYTE_LENGTH) throw new RangeError('scripts made here are shorter than 253 bytes');
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

const OUTPOINT_BYTES = 36;
const SEQUENCE_BYTES = 4;
const VALUE_BYTES = 8;
/** A length from here on is written in two bytes after this mark (Bitcoin's CompactSize). */
const TWO_BYTE_LENGTH = 0xfd;

/** The id of a transaction: the hash of its bytes without witnesses (BIP 141), in internal byte order. */
export function transactionId(raw: Uint8Array): Buffer {
  return doubleSha256(withoutWitness(Buffer.from(raw)));
}

function withoutWitness(raw: Buffer): Buffer {
  const isSegwit = raw[4] === 0 && raw[5] === 1;
  if (!isSegwit) return raw;
  const start = 6;
  let at = start;
  const skip = (bytes: number): void => {
    at += bytes;
  };
  const readLength = (): number => {
    const first = raw.readUInt8(at);
    if (first > TWO_BYTE_LENGTH) throw new RangeError('transactions seen here are short');
    const isLong = first === TWO_BYTE_LENGTH;
    const length = isLong ? raw.readUInt16LE(at + 1) : first;
    skip(isLong ? 3 : 1);
    return length;
  };
  const inputs = readLength();
  for (let input = 0; input < inputs; input += 1) {
    skip(OUTPOINT_BYTES);
    skip(readLength());
    skip(SEQUENCE_BYTES);
  }
  const outputs = readLength();
  for (let output = 0; output < outputs; output += 1) {
    skip(VALUE_BYTES);
    skip(readLength());
  }
  return Buffer.concat([raw.subarray(0, 4), raw.subarray(start, at), raw.subarray(-4)]);
}
