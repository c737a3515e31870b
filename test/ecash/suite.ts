import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type {
  EcashLock,
  EcashStore,
  EcashWallet,
  EcashWalletOptions,
  Resumed,
} from '../../src/ecash/index.ts';
import { orThrow, type Outcome } from '../../src/protocol/index.ts';
import { balanceSat, codeOf, fund, sats, unixNow } from './stage.ts';

/** A mint that the suite runs against. */
export interface SuiteStage {
  readonly mintUrl: string;
  openWallet(options?: Partial<EcashWalletOptions>): EcashWallet & { readonly store: EcashStore };
  /** An invoice that the mint can pay, once. */
  makeInvoice(amountSat: number): Promise<string>;
  close(): Promise<void>;
}

const NOTHING_OPEN: Resumed = { endedCount: 0, open: [] };
const LONG = 100_000;

/** What an ecash wallet does with any honest mint. */
export function ecashSuite(name: string, open: () => Promise<SuiteStage>, timeoutMs = 30_000): void {
  describe(`an ecash wallet at ${name}`, { timeout: timeoutMs }, () => {
    let stage: SuiteStage;
    let customer: ReturnType<SuiteStage['openWallet']>;
    let provider: ReturnType<SuiteStage['openWallet']>;
    const secrets = {
      seed: crypto.getRandomValues(new Uint8Array(64)),
      lockSecretKey: crypto.getRandomValues(new Uint8Array(32)),
    };

    beforeAll(async () => {
      stage = await open();
      customer = stage.openWallet(secrets);
      provider = stage.openWallet();
      await fund(customer, 2000);
    }, timeoutMs);
    afterAll(() => stage.close(), timeoutMs);

    let count = 0;
    const nextKey = () => `suite ${++count}`;
    const send = async (lock: EcashLock | 'none', amountSat = 100, from: EcashWallet = customer) => {
      const key = nextKey();
      const wish = { key, mintUrl: stage.mintUrl, amountMsat: sats(amountSat), lock };
      return { key, ...orThrow(await from.send(wish)) };
    };
    const forProvider = (): EcashLock => ({ kind: 'p2pk', pubkey: provider.lockPubkey });
    const hashLock = (refundAfter = unixNow() + LONG) => {
      const preimage = bytesToHex(crypto.getRandomValues(new Uint8Array(32)));
      const paymentHash = bytesToHex(sha256(hexToBytes(preimage)));
      const lock: EcashLock = {
        kind: 'htlc',
        paymentHash,
        pubkey: provider.lockPubkey,
        refundPubkey: customer.lockPubkey,
        refundAfter,
      };
      return { preimage, lock, expected: { kind: 'htlc', paymentHash, refundNotBefore: 0 } as const };
    };
    const redeem = (ecash: string, more: Partial<Parameters<EcashWallet['redeem']>[0]> = {}) =>
      provider.redeem({ key: nextKey(), ecash, lock: { kind: 'p2pk' }, minAmountMsat: sats(100), ...more });

    test('mints what was paid for, once for each key', async () => {
      const wallet = stage.openWallet();
      await fund(wallet, 321, 'the same');
      await fund(wallet, 321, 'the same');
      expect(await balanceSat(wallet)).toBe(321);
    });

    test('sends plain ecash and takes it in', async () => {
      const before = await balanceSat(provider);
      const sent = await send('none');
      const taken = orThrow(await redeem(sent.token, { lock: { kind: 'none' } }));
      expect(taken.amountMsat).toBeGreaterThanOrEqual(sats(100));
      expect(await balanceSat(provider)).toBe(before + Number(taken.amountMsat / 1000n));
      expect(orThrow(await customer.lookupSent(sent)).state).toBe('spent');
    });

    test('plain ecash may come without proof of its signatures, but not with a wrong one', async () => {
      const { proofs } = await send('none');
      const take = (dleq: (typeof proofs)[number]['dleq']) => {
        const changed = proofs.map((proof) => ({ ...proof, dleq }));
        const ecash = { mintUrl: stage.mintUrl, unit: 'sat', proofs: changed };
        return provider.redeem({ key: nextKey(), ecash, lock: { kind: 'none' }, minAmountMsat: sats(100) });
      };
      const wrong = { e: '11'.repeat(32), s: '22'.repeat(32), r: '33'.repeat(32) };
      expect(codeOf(await take(wrong))).toBe('invalid-dleq');
      expect(codeOf(await take(null))).toBe('ok');
    });

    test('a send repeated with its key gives the same token and costs nothing', async () => {
      const sent = await send(forProvider());
      const before = await balanceSat(customer);
      const again = { key: sent.key, mintUrl: stage.mintUrl, amountMsat: sats(100), lock: forProvider() };
      expect(orThrow(await customer.send(again)).token).toBe(sent.token);
      expect(await balanceSat(customer)).toBe(before);
    });

    test('the same call twice at the same time is one', async () => {
      const before = await balanceSat(customer);
      const wish = { key: nextKey(), mintUrl: stage.mintUrl, amountMsat: sats(100), lock: forProvider() };
      const [one, other] = await Promise.all([customer.send(wish), customer.send(wish)]);
      const { token } = orThrow(one);
      expect(other).toEqual(one);
      const spent = before - (await balanceSat(customer));
      expect(spent).toBeGreaterThanOrEqual(100);
      expect(spent).toBeLessThan(110);
      const had = await balanceSat(provider);
      const key = nextKey();
      const [first, second] = await Promise.all([redeem(token, { key }), redeem(token, { key })]);
      expect(second).toEqual(first);
      const got = (await balanceSat(provider)) - had;
      expect(got).toBe(Number(orThrow(first).amountMsat / 1000n));
    });

    test('sends at the same time never use the same pieces', async () => {
      const sent = await Promise.all([1, 2, 3].map(() => send(forProvider(), 30)));
      for (const { token } of sent) orThrow(await redeem(token, { minAmountMsat: sats(30) }));
    });

    test('ecash locked to a key is redeemed by its holder only, and once', async () => {
      const { token } = await send(forProvider());
      const thief = stage.openWallet();
      const asPlain = { key: 'steal', ecash: token, lock: { kind: 'none' }, minAmountMsat: sats(1) } as const;
      expect(codeOf(await thief.redeem(asPlain))).toBe('wrong-lock');
      expect(codeOf(await thief.redeem({ ...asPlain, lock: { kind: 'p2pk' } }))).toBe('wrong-lock');
      const first = await redeem(token, { key: 'first sale' });
      expect(first.ok).toBe(true);
      expect(await redeem(token, { key: 'first sale' })).toEqual(first);
      expect(codeOf(await redeem(token, { key: 'second sale' }))).toBe('already-spent');
    });

    test('a hash lock opens with key and preimage, and then shows the preimage to the sender', async () => {
      const { preimage, lock, expected } = hashLock();
      const sent = await send(lock);
      expect(orThrow(await customer.lookupSent(sent))).toEqual({ state: 'unspent', preimage: null });
      const wrong = { lock: expected, preimage: 'ab'.repeat(32) };
      expect(codeOf(await redeem(sent.token, wrong))).toBe('mint-refused');
      expect(codeOf(await redeem(sent.token, { lock: expected }))).toBe('mint-refused');
      orThrow(await redeem(sent.token, { lock: expected, preimage }));
      expect(orThrow(await customer.lookupSent(sent))).toEqual({ state: 'spent', preimage });
    });

    test('a hash lock that others could read otherwise, or that names what is no key, is wrong', async () => {
      const { lock, expected } = hashLock();
      const { proofs } = await send(lock);
      const taken = (change: (secret: string) => string) => {
        const changed = proofs.map((proof) => ({ ...proof, secret: change(proof.secret) }));
        const ecash = { mintUrl: stage.mintUrl, unit: 'sat', proofs: changed };
        return provider.check(ecash, { lock: expected, minAmountMsat: sats(100) });
      };
      expect(codeOf(await taken((secret) => secret))).toBe('ok');
      expect(codeOf(await taken((secret) => secret.replace('{', '{ ')))).toBe('invalid-dleq');
      const hashTwice = `{"data":"${'00'.repeat(32)}",`;
      expect(codeOf(await taken((secret) => secret.replace('{', hashTwice)))).toBe('wrong-lock');
      const noKey = 'ff'.repeat(32);
      expect(codeOf(await taken((secret) => secret.replace(customer.lockPubkey, noKey)))).toBe('wrong-lock');
    });

    test('whoever sees the preimage but has not the key gets nothing', async () => {
      const { preimage, lock, expected } = hashLock();
      const { token } = await send(lock);
      const thief = stage.openWallet();
      // A wallet that checks nothing: it says that the lock is its own and shows the true preimage.
      const forged = stage.openWallet({ lockSecretKey: crypto.getRandomValues(new Uint8Array(32)) });
      for (const wallet of [thief, forged])
        expect(
          codeOf(
            await wallet.redeem({ key: 'x', ecash: token, lock: expected, minAmountMsat: sats(1), preimage }),
          ),
        ).toBe('wrong-lock');
      expect((await redeem(token, { lock: expected, preimage })).ok).toBe(true);
    });

    test('a hash lock cannot be taken back before its time', async () => {
      const { lock } = hashLock();
      const sent = await send(lock);
      expect(codeOf(await customer.refund(sent))).toBe('refund-too-early');
      const hasty = stage.openWallet({ ...secrets, store: customer.store, now: () => unixNow() + 2 * LONG });
      expect(codeOf(await hasty.refund(sent))).toBe('mint-refused');
      expect(orThrow(await customer.lookupSent(sent)).state).toBe('unspent');
    });

    describe('after the time of a hash lock', () => {
      const sendExpired = async () => {
        const early = stage.openWallet({ ...secrets, store: customer.store, now: () => unixNow() - LONG });
        const locked = hashLock(unixNow() - 1000);
        return { ...locked, sent: await send(locked.lock, 100, early) };
      };

      test('the sender takes it back, once, and the recipient has nothing', async () => {
        const { sent, expected, preimage } = await sendExpired();
        const before = await balanceSat(customer);
        const back = orThrow(await customer.refund(sent));
        expect(await balanceSat(customer)).toBe(before + Number(back.amountMsat / 1000n));
        expect(orThrow(await customer.refund(sent))).toEqual(back);
        expect(await balanceSat(customer)).toBe(before + Number(back.amountMsat / 1000n));
        expect(codeOf(await redeem(sent.token, { lock: expected, preimage }))).toBe('already-spent');
      });

      test('a recipient that is faster wins, and the sender learns the preimage', async () => {
        const { sent, expected, preimage } = await sendExpired();
        orThrow(await redeem(sent.token, { lock: expected, preimage }));
        const before = await balanceSat(customer);
        expect(codeOf(await customer.refund(sent))).toBe('already-spent');
        expect(await balanceSat(customer)).toBe(before);
        expect(orThrow(await customer.lookupSent(sent))).toEqual({ state: 'spent', preimage });
      });

      test('when both try at once, exactly one has it', async () => {
        const { sent, expected, preimage } = await sendExpired();
        const [back, taken] = await Promise.all([
          customer.refund(sent),
          redeem(sent.token, { lock: expected, preimage }),
        ]);
        expect([back.ok, taken.ok].filter(Boolean)).toHaveLength(1);
      });

      test('a recipient that expects more time refuses it', async () => {
        const { sent, expected, preimage } = await sendExpired();
        const lock = { ...expected, refundNotBefore: unixNow() };
        expect(codeOf(await redeem(sent.token, { lock, preimage }))).toBe('wrong-lock');
      });
    });

    test('plain ecash that nobody took is taken back', async () => {
      const sent = await send('none');
      expect((await customer.refund(sent)).ok).toBe(true);
      expect(codeOf(await redeem(sent.token, { lock: { kind: 'none' } }))).toBe('already-spent');
      expect(codeOf(await customer.refund({ key: 'never sent' }))).toBe('unknown-send');
      const locked = await send(forProvider());
      expect(codeOf(await customer.refund(locked))).toBe('wrong-lock');
    });

    test('less than agreed is refused before it is touched', async () => {
      const { token } = await send(forProvider(), 10);
      expect(codeOf(await redeem(token, { minAmountMsat: sats(50) }))).toBe('too-little');
      expect((await redeem(token, { minAmountMsat: sats(10) })).ok).toBe(true);
    });

    test.each(['', 'cashuB', 'cashuBnonsense', 'cashuAeyJ0b2tlbiI6W119', `cashuB${'9'.repeat(300_000)}`])(
      'what is no token is refused: %.20s',
      async (token) => expect(codeOf(await redeem(token))).toBe('malformed-token'),
    );

    test('what it cannot do is said before anything happens', async () => {
      const before = await balanceSat(customer);
      const wish = { key: nextKey(), mintUrl: stage.mintUrl, lock: 'none' } as const;
      const codes: string[] = [];
      const tell = (outcome: Outcome<unknown>) => codes.push(codeOf(outcome));
      tell(await customer.send({ ...wish, amountMsat: sats(1_000_000) }));
      tell(await customer.send({ ...wish, amountMsat: 1500n as ReturnType<typeof sats> }));
      tell(await customer.send({ ...wish, amountMsat: sats(1), mintUrl: 'https://evil.example' }));
      tell(await customer.send({ ...wish, amountMsat: sats(1_000_000_001) }));
      tell(await customer.send({ ...wish, amountMsat: sats(1), lock: hashLock(1).lock }));
      const noPoint = { kind: 'p2pk', pubkey: 'ff'.repeat(32) } as const;
      tell(await customer.send({ ...wish, amountMsat: sats(1), lock: noPoint }));
      expect(codes).toEqual([
        'insufficient-ecash',
        'impossible-amount',
        'untrusted-mint',
        'impossible-amount',
        'wrong-lock',
        'wrong-lock',
      ]);
      expect(await balanceSat(customer)).toBe(before);
    });

    test('pays an invoice with ecash and gets the rest back', async () => {
      const before = await balanceSat(customer);
      const bolt11 = await stage.makeInvoice(100);
      const wish = { key: nextKey(), mintUrl: stage.mintUrl, bolt11, feeLimitMsat: sats(20) };
      const paid = orThrow(await customer.melt(wish));
      expect(paid.preimage).toMatch(/^[0-9a-f]{64}$/);
      expect(await balanceSat(customer)).toBe(before - 100 - Number(paid.feePaidMsat / 1000n));
      expect(orThrow(await customer.melt(wish))).toEqual(paid);
      expect(await balanceSat(customer)).toBe(before - 100 - Number(paid.feePaidMsat / 1000n));
    });

    test('leaves nothing open, and the seed alone finds the whole purse again', async () => {
      // Who lost a race may have seen pieces that were just being spent, and ends that now.
      for (const wallet of [customer, provider]) {
        expect((await wallet.resume()).open).toEqual([]);
        expect(await wallet.resume()).toEqual(NOTHING_OPEN);
      }
      const restored = stage.openWallet(secrets);
      orThrow(await restored.restore({ mintUrl: stage.mintUrl }));
      const unspentPlain = await customer.store.proofs({ role: 'purse', state: 'free' });
      const own = new Set((await restored.store.proofs({})).map(({ y }) => y));
      expect(unspentPlain.every(({ y }) => own.has(y))).toBe(true);
      expect(orThrow(await restored.restore({ mintUrl: stage.mintUrl })).amountMsat).toBe(0n);
      const spendable = await balanceSat(restored);
      expect(spendable).toBeGreaterThanOrEqual(await balanceSat(customer));
    });
  });
}
