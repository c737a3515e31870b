import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { base64 } from '@scure/base';
import * as nip44 from 'nostr-tools/nip44';
import { expect } from 'vitest';
import { pubkeyOf, secretKeySigner } from '../../src/keys/index.ts';
import { decryptContent, orThrow } from '../../src/protocol/index.ts';
import { authored, PROVIDER } from '../protocol/events.ts';
import { verifies } from './verifies.ts';

const [KEY_1, KEY_2] = ['01', '02'].map((last) => hexToBytes(last.padStart(64, '0'))) as [
  Uint8Array,
  Uint8Array,
];
const [one, two] = [secretKeySigner(KEY_1), secretKeySigner(KEY_2)];
const CONVERSATION_KEY = 'c41c775356fd92eadc63ff5a0dc1da211b268cbea22316767095b2871ea1412d';
const NONCE = hexToBytes('01'.padStart(64, '0'));
const SEALED_A =
  'AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABee0G5VSK0/9YypIObAtDKfYEAjD35uVkHyB0F4DwrcNaCXlCWZKaArsGrY6M9wnuTMxWfp1RTN9Xga8no+kF5Vsb';

const open = (content: string) =>
  decryptContent(authored(PROVIDER, { kind: 6050, created_at: 1, tags: [], content }), pubkeyOf(KEY_2), one);

verifies('NIP-44.vectors', 'the short and the long published vectors come out', async () => {
  const key = nip44.getConversationKey(KEY_1, pubkeyOf(KEY_2));
  expect(bytesToHex(key)).toBe(CONVERSATION_KEY);
  expect(nip44.encrypt('a', key, NONCE)).toBe(SEALED_A);
  expect(await open(SEALED_A)).toEqual({ ok: true, value: 'a' });
  const long = [
    [65_535, '6d8c2810d1e870fbaa1f0a0937126cca837a15f9260e27060c331d70a3c0bc84'],
    [65_536, 'b7b4edb36ba92e267d322d56d9aebc22e7fa96ff52e3c12adc07f07a43cbc616'],
    [65_537, 'eeb7c7c5373894ea2c1547cfd3ccb15d5a0b2d619da852e5c79df792dcc9e435'],
  ] as const;
  for (const [length, digest] of long) {
    const sealed = nip44.encrypt('a'.repeat(length), key, NONCE);
    expect(bytesToHex(sha256(utf8ToBytes(sealed)))).toBe(digest);
    expect(await two.nip44.decrypt(one.pubkey, sealed)).toHaveLength(length);
  }
});

verifies('NIP-44.own-nonce', 'the same text is sealed differently each time', async () => {
  const sealed = await Promise.all(Array.from({ length: 20 }, () => one.nip44.encrypt(two.pubkey, 'a')));
  expect(new Set(sealed).size).toBe(20);
});

const unsupported = { failure: { code: 'undecryptable', data: { cause: 'unknown-version' } } };

verifies(
  'NIP-44.unknown-version',
  'text that begins with # is of a version to come, and said to be',
  async () => {
    expect(await open(`#${SEALED_A}`)).toMatchObject(unsupported);
  },
);

verifies('NIP-44.unknown-version-byte', 'every other version byte is said not to be supported', async () => {
  const bytes = base64.decode(SEALED_A);
  for (const version of [0, 1, 3, 0x42, 0xff])
    expect(await open(base64.encode(Uint8Array.of(version, ...bytes.slice(1))))).toMatchObject(unsupported);
  const damaged = await open(`${SEALED_A.slice(0, -4)}AAAA`);
  expect(damaged).toMatchObject({ failure: { code: 'undecryptable', data: { scheme: 'nip44' } } });
  expect(damaged).not.toMatchObject(unsupported);
  expect(orThrow(await open(await two.nip44.encrypt(one.pubkey, 'a')))).toBe('a');
});
