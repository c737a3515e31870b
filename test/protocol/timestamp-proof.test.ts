import { createHash } from 'node:crypto';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { orThrow, parseTimestampProof } from '../../src/protocol/index.ts';
import {
  writeTimestamp,
  type WrittenAttestation,
  type WrittenPath,
  type WrittenStep,
} from '../fixtures/timestamp-writer.ts';
import { hex32 } from './events.ts';

/** `hello-world.txt.ots` of the reference client: "Hello World!\n" in Bitcoin block 358391, through a transaction. */
const HELLO_WORLD =
  '004f70656e54696d657374616d7073000050726f6f6600bf89e2e884e89294010803ba204e50d126e4674c005e04d82e84c21366780a' +
  'f1f43bd54a37816b6ab34003f1c8010100000001e482f9d32ecc3ba657b69d898010857b54457a90497982ff56f97c4ec58e6f980100' +
  '00006b483045022100b253add1d1cf90844338a475a04ff13fc9e7bd242b07762dea07f5608b2de367022000b268ca9c3342b3769cdd' +
  '062891317cdcef87aac310b6855e9d93898ebbe8ec0121020d8e4d107d2b339b0050efdd4b4a09245aa056048f125396374ea6a2ab07' +
  '09c6ffffffff026533e605000000001976a9140bf057d40fbba6744862515f5b55a2310de5772f88aca0860100000000001976a914f0' +
  '0688ac000000000808f120a987f716c533913c314c78e35d35884cac943fa42cac49d2b2c69f4003f85f880808f120dec55b3487e1e3' +
  'f722a49b55a7783215862785f4a3acb392846019f71dc64a9d0808f120b2ca18f485e080478e025dab3d464b416c0e1ecb6629c9aefc' +
  'e8c8214d0424320808f02011b0e90661196ff4b0813c3eda141bab5e91604837bdf7a0c9df37db0e3a11980808f020c34bc1a4a1093f' +
  'fd148c016b1e664742914e939efabe4d3d356515914b26d9e20808f020c3e6e7c38c69f6af24c2be34ebac48257ede61ec0a21b9535e' +
  '4443277be306460808f1200798bf8606e00024e5d5d54bf0c960f629dfb9dad69157455b6f2652c0e8de810808f0203f9ada6d60baa2' +
  '44006bb0aad51448ad2fafb9d4b6487a0999cff26b91f0f5360808f120c703019e959a8dd3faef7489bb328ba485574758e7091f0146' +
  '4eb65872c975c80808f020cbfefff513ff84b915e3fed6f9d799676630f8364ea2a6c7557fad94a5b5d7880808f1200be23709859913' +
  'babd4460bbddf8ed213e7c8773a4b1face30f8acfdf093b7050808000588960d73d7190103f7ef15';

const codeOf = (bytes: Uint8Array): string => {
  const read = parseTimestampProof(bytes);
  return read.ok ? 'read' : read.failure.code;
};

/** What a step makes of a message, by another implementation of the hashes. */
function follow(message: Buffer, step: WrittenStep): Buffer {
  switch (step.op) {
    case 'append':
      return Buffer.concat([message, Buffer.from(step.hex, 'hex')]);
    case 'prepend':
      return Buffer.concat([Buffer.from(step.hex, 'hex'), message]);
    case 'reverse':
      return Buffer.from(message.toReversed());
    case 'hexlify':
      return Buffer.from(message.toString('hex'));
    default:
      return createHash(step.op).update(message).digest();
  }
}

const hex = fc.uint8Array({ minLength: 1, maxLength: 40 }).map(bytesToHex);
const step: fc.Arbitrary<WrittenStep> = fc.oneof(
  fc.record({ op: fc.constantFrom('append' as const, 'prepend' as const), hex }),
  fc.record({
    op: fc.constantFrom('sha256' as const, 'sha1' as const, 'ripemd160' as const, 'reverse' as const),
  }),
);
const attestation: fc.Arbitrary<WrittenAttestation> = fc.oneof(
  fc.record({ type: fc.constant('bitcoin' as const), height: fc.nat() }),
  fc.record({
    type: fc.constant('pending' as const),
    calendarUrl: fc.constantFrom('https://alice.btc.calendar.opentimestamps.org', ''),
  }),
  fc.record({
    type: fc.constant('other' as const),
    tag: fc.constantFrom('0102030405060708', '30fe8087b5c7ead7'),
  }),
);
const paths: fc.Arbitrary<WrittenPath[]> = fc.array(
  fc.record({ steps: fc.array(step, { maxLength: 8 }), attestation }),
  { minLength: 1, maxLength: 4 },
);

describe('a timestamp proof', () => {
  test('of the reference client leads to the merkle root of its block', () => {
    expect(orThrow(parseTimestampProof(hexToBytes(HELLO_WORLD)))).toEqual({
      hash: 'sha256',
      digest: createHash('sha256').update('Hello World!\n').digest('hex'),
      attestations: [
        {
          type: 'bitcoin',
          height: 358_391,
          commitment: '007ee445d23ad061af4a36b809501fab1ac4f2d7e7a739817dd0cbb7ec661b8a',
        },
      ],
    });
  });

  test('says of each branch what it commits to and who vouches for it', () => {
    fc.assert(
      fc.property(fc.nat(255).map(hex32), paths, (digest, written) => {
        const read = orThrow(parseTimestampProof(writeTimestamp(digest, written)));
        const expected = written.map(({ steps, attestation: vouched }) => ({
          ...vouched,
          commitment: steps.reduce(follow, Buffer.from(digest, 'hex')).toString('hex'),
        }));
        expect(read).toEqual({ hash: 'sha256', digest, attestations: expected });
      }),
      { numRuns: 200 },
    );
  });

  test('doubles a message in hex', () => {
    const written = [
      { steps: [{ op: 'hexlify' as const }], attestation: { type: 'bitcoin' as const, height: 1 } },
    ];
    const read = orThrow(parseTimestampProof(writeTimestamp(hex32(0xa1), written)));
    expect(read.attestations[0]?.commitment).toBe(Buffer.from(hex32(0xa1)).toString('hex'));
  });

  test('that is cut anywhere, or goes on behind its end, is refused', () => {
    const whole = hexToBytes(HELLO_WORLD);
    const codes = Array.from(whole, (_, length) => codeOf(whole.subarray(0, length)));
    expect(new Set(codes.slice(0, 31))).toEqual(new Set(['not-a-timestamp']));
    expect(new Set(codes.slice(31))).toEqual(new Set(['malformed-timestamp']));
    expect(codeOf(Uint8Array.from([...whole, 0]))).toBe('malformed-timestamp');
  });

  const head = HELLO_WORLD.slice(0, 66 + 64);
  const proof = (tail: string) => hexToBytes(head + tail);
  const vouched = '000588960d73d719010101';
  test.each([
    [
      'of another version',
      hexToBytes(`${HELLO_WORLD.slice(0, 62)}02${HELLO_WORLD.slice(64)}`),
      'unknown-version',
    ],
    ['with an unknown operation', proof(`f4${vouched}`), 'malformed-timestamp'],
    ['with nothing to append', proof(`f000${vouched}`), 'malformed-timestamp'],
    ['whose message grows too long', proof('f3'.repeat(8) + vouched), 'malformed-timestamp'],
    ['that nests too deep', proof('08'.repeat(257) + vouched), 'malformed-timestamp'],
    ['just as deep as may be', proof('08'.repeat(256) + vouched), 'read'],
    ['with too many branches', proof(`ff${vouched}`.repeat(2048) + vouched), 'malformed-timestamp'],
    ['with a height beyond any', proof('000588960d73d7190105ffffffff7f'), 'malformed-timestamp'],
    ['whose attestation is longer than it says', proof('000588960d73d71901020101'), 'malformed-timestamp'],
    ['with a calendar that is no address', proof('0083dfe30d2ef90c8e04033c613e'), 'malformed-timestamp'],
    ['as large as a film', new Uint8Array(70_000), 'too-large'],
  ])('%s is %s', (_, bytes, code) => {
    expect(codeOf(bytes)).toBe(code);
  });
});
