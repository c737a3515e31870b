import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesToHex } from '@noble/hashes/utils.js';
import { bech32 } from '@scure/base';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyEvent, type EventTemplate, type NostrEvent } from '../protocol/index.ts';
import {
  checkedSigner,
  formatNcryptsec,
  formatNpub,
  formatNsec,
  generateSecretKey,
  parsePubkey,
  parseSecretKey,
  pubkeyOf,
  secretKeySigner,
  type Signer,
} from './index.ts';
import { fastSecretKeySigner, loadOrCreateKeyFile, takeSecretKeyFromEnv } from './node.ts';

const template: EventTemplate = { kind: 1, created_at: 1_700_000_000, tags: [['t', 'x']], content: 'hello' };

describe.each([
  ['portable', (key: Uint8Array) => secretKeySigner(key)],
  ['fast', (key: Uint8Array) => fastSecretKeySigner(key)],
])('%s secret key signer', (_name, makeSigner) => {
  test('signs any template as itself, without sharing the template', async () => {
    const signer = makeSigner(generateSecretKey());
    const anyTemplate = fc.record({
      kind: fc.integer({ min: 0, max: 65_535 }),
      created_at: fc.integer({ min: 0, max: 4_000_000_000 }),
      tags: fc.array(fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 }), { maxLength: 4 }),
      content: fc.string({ unit: 'binary' }),
    });
    await fc.assert(
      fc.asyncProperty(anyTemplate, async (wish) => {
        const event = await signer.sign(wish);
        expect(event).toMatchObject(wish);
        expect(event.pubkey).toBe(signer.pubkey);
        expect(event.tags).not.toBe(wish.tags);
        expect(verifyEvent(event)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('keeps its own copy of the key', async () => {
    const key = generateSecretKey();
    const signer = makeSigner(key);
    key.fill(1);
    expect(verifyEvent(await signer.sign(template))).toBe(true);
  });

  test('refuses a key that is no scalar', () => {
    expect(() => makeSigner(new Uint8Array(32))).toThrow();
    expect(() => makeSigner(new Uint8Array(31).fill(1))).toThrow();
  });

  test.each(['nip44', 'nip04'] as const)('%s text is for the peer only', async (nip) => {
    const alice = makeSigner(generateSecretKey());
    const bob = makeSigner(generateSecretKey());
    const eve = makeSigner(generateSecretKey());
    const sealed = await alice[nip].encrypt(bob.pubkey, 'for Bob: ₿');
    expect(await bob[nip].decrypt(alice.pubkey, sealed)).toBe('for Bob: ₿');
    const overheard = await eve[nip].decrypt(alice.pubkey, sealed).catch(() => 'undecryptable');
    expect(overheard).not.toContain('for Bob');
    await expect(bob[nip].decrypt(alice.pubkey, 'nonsense')).rejects.toThrow();
    await expect(bob[nip].decrypt('not a key', sealed)).rejects.toThrow();
    await expect(bob[nip].decrypt(alice.pubkey, 'A'.repeat(2_000_001))).rejects.toThrow('at most');
  });
});

test('the portable and the fast signer read each other', async () => {
  for (let pair = 0; pair < 8; pair += 1) {
    const [alice, bob] = [generateSecretKey(), generateSecretKey()];
    const [portable, fast] = [secretKeySigner(alice), fastSecretKeySigner(bob)];
    const [there, back] = [
      await portable.nip44.encrypt(fast.pubkey, 'there'),
      await fast.nip44.encrypt(portable.pubkey, 'back'),
    ];
    expect(await fast.nip44.decrypt(portable.pubkey, there)).toBe('there');
    expect(await portable.nip44.decrypt(fast.pubkey, back)).toBe('back');
  }
});

describe('checked signer', () => {
  const local = secretKeySigner(generateSecretKey());
  const answering = (answer: (event: NostrEvent) => unknown): Signer =>
    checkedSigner({
      ...local,
      sign: async (wish) => answer(await local.sign(wish)),
    });

  test('passes on what the template says', async () => {
    const event = await answering((signed) => ({ ...signed, extra: 'dropped' })).sign(template);
    expect(event).toMatchObject(template);
    expect(event).not.toHaveProperty('extra');
  });

  test.each<[string, (event: NostrEvent) => unknown]>([
    ['other content', async () => local.sign({ ...template, content: 'other' })],
    ['another kind', async () => local.sign({ ...template, kind: 2 })],
    ['another time', async () => local.sign({ ...template, created_at: 1 })],
    ['other tags', async () => local.sign({ ...template, tags: [['t', 'x', '']] })],
    ['another key', async () => secretKeySigner(generateSecretKey()).sign(template)],
    ['a false id', (event) => ({ ...event, id: '0'.repeat(64) })],
    ['a false signature', (event) => ({ ...event, sig: '0'.repeat(128) })],
    ['nothing', () => undefined],
  ])('refuses %s', async (_what, answer) => {
    await expect(answering(answer).sign(template)).rejects.toThrow(/^The signer/);
  });
});

describe('keys as text', () => {
  const key = generateSecretKey();

  test('nsec, hex and npub round-trip', () => {
    for (const text of [formatNsec(key), bytesToHex(key), ` ${bytesToHex(key).toUpperCase()}\n`])
      expect(parseSecretKey(text)).toEqual({ ok: true, value: key });
    const pubkey = pubkeyOf(key);
    for (const text of [pubkey, formatNpub(pubkey), `nostr:${formatNpub(pubkey)}`, pubkey.toUpperCase()])
      expect(parsePubkey(text)).toEqual({ ok: true, value: pubkey });
  });

  test('ncryptsec opens with its password only', () => {
    const text = formatNcryptsec(key, 'correct');
    expect(parseSecretKey(text, 'correct')).toEqual({ ok: true, value: key });
    expect(parseSecretKey(text, 'wrong')).toMatchObject({ failure: { code: 'key-password-wrong' } });
    expect(parseSecretKey(text)).toMatchObject({ failure: { code: 'key-password-missing' } });
  });

  test('an ncryptsec that asks for endless work is malformed', () => {
    const bytes = bech32.fromWords(bech32.decode(formatNcryptsec(key, 'p'), 200).words);
    bytes[1] = 40;
    const greedy = bech32.encode('ncryptsec', bech32.toWords(bytes), false);
    expect(parseSecretKey(greedy, 'p')).toMatchObject({ failure: { code: 'malformed-secret-key' } });
  });

  test('garbage is a coded failure that does not repeat the text', () => {
    for (const text of ['', 'nsec1qqqq', `${bytesToHex(key)}00`, '0'.repeat(64), formatNpub(pubkeyOf(key))]) {
      const outcome = parseSecretKey(text);
      expect(outcome).toMatchObject({ failure: { code: 'malformed-secret-key' } });
      if (text !== '') expect(JSON.stringify(outcome)).not.toContain(text);
    }
    expect(parsePubkey(formatNsec(key))).toMatchObject({ failure: { code: 'malformed-pubkey' } });
  });

  test('the environment gives its key once', () => {
    const env = { COINOP_KEY: formatNsec(key) };
    expect(takeSecretKeyFromEnv(env, 'COINOP_KEY')).toEqual({ ok: true, value: key });
    expect(env).toEqual({});
    expect(takeSecretKeyFromEnv(env, 'COINOP_KEY')).toEqual({ ok: true, value: null });
  });
});

describe('key file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coinop-keys-'));
  });
  afterAll(async () => rm(folder, { recursive: true }));

  test('is made once, private and whole, however many try at once', async () => {
    const path = join(folder, 'deep', 'worker.key');
    const tries = await Promise.all(Array.from({ length: 8 }, () => loadOrCreateKeyFile(path)));
    const keys = tries.map((outcome) => outcome.ok && bytesToHex(outcome.value.secretKey));
    expect(new Set(keys).size).toBe(1);
    expect(tries.filter((outcome) => outcome.ok && outcome.value.created)).toHaveLength(1);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, 'deep'))).toEqual(['worker.key']);
  });

  test('is encrypted when a password is given', async () => {
    const path = join(folder, 'encrypted.key');
    const made = await loadOrCreateKeyFile(path, { password: 'p' });
    expect(await readFile(path, 'utf8')).toMatch(/^ncryptsec1/);
    expect(await loadOrCreateKeyFile(path)).toMatchObject({ failure: { code: 'key-password-missing' } });
    const again = await loadOrCreateKeyFile(path, { password: 'p' });
    expect(made.ok && again.ok && again.value).toEqual(made.ok && { ...made.value, created: false });
  });

  test('that others may read is refused, and left as it is', async () => {
    const path = join(folder, 'exposed.key');
    await writeFile(path, formatNsec(generateSecretKey()));
    for (const mode of [0o640, 0o604, 0o620]) {
      await chmod(path, mode);
      expect(await loadOrCreateKeyFile(path)).toMatchObject({ failure: { code: 'key-file-exposed' } });
      expect((await stat(path)).mode & 0o777).toBe(mode);
    }
  });

  test('that holds no key, or is no file, is never overwritten', async () => {
    const path = join(folder, 'broken.key');
    await writeFile(path, '', { mode: 0o600 });
    expect(await loadOrCreateKeyFile(path)).toMatchObject({ failure: { code: 'malformed-secret-key' } });
    expect(await readFile(path, 'utf8')).toBe('');
    expect(await loadOrCreateKeyFile(folder)).toMatchObject({ failure: { code: 'key-file-unusable' } });
  });
});
