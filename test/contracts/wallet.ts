import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type {
  LightningNetwork,
  PaymentRecord,
  Wallet,
  WalletNotification,
  WalletOutcome,
} from '../../src/money/index.ts';
import { msat, parseInvoice, type Msat } from '../../src/protocol/index.ts';
import { sampleInvoice } from '../fixtures/signed-invoice.ts';

/** Two funded wallets of one network, between which money can flow both ways. */
export interface WalletPair {
  readonly payer: Wallet;
  readonly payee: Wallet;
  /** Makes the hold invoices when `payee` cannot; then none are paid without it. */
  readonly holder?: Wallet;
  close(): Promise<void>;
}

/**
 * What a driver may lack. A call it cannot carry out is then `not-implemented`, an amount below a sat
 * `invalid-invoice`; an expiry it cannot set and fees it cannot tell are not looked at.
 */
export type WalletLack =
  'hold' | 'list' | 'notifications' | 'description-hash' | 'expiry' | 'msat' | 'fees' | 'history';

/** How the wallets of a driver differ from complete ones on regtest. */
export interface WalletTraits {
  readonly network?: LightningNetwork;
  readonly lacks?: readonly WalletLack[];
  /** The pair brings a `holder`. */
  readonly holder?: boolean;
}

const AMOUNT = msat(21_000n);
const FEE_LIMIT = msat(10_000n);
/** The failures that leave open whether money moved. */
const OPEN_CODES = ['wallet-timeout', 'wallet-unreachable'];
const PATIENCE = { timeout: 15_000, interval: 50 };

/**
 * What every driver of `Wallet` must do, against real payments. `open` is called once; the pair is closed at the
 * end. The payer needs some 1,000 sat, the payee must be able to receive them.
 */
export function walletContract(
  name: string,
  open: () => Promise<WalletPair>,
  { network = 'regtest', lacks = [], holder: bringsHolder = false }: WalletTraits = {},
): void {
  const has = (ability: WalletLack): boolean => !lacks.includes(ability);
  describe(name, () => {
    let pair: WalletPair;
    let payer: Wallet;
    let payee: Wallet;
    let holder: Wallet;
    beforeAll(async () => {
      pair = await open();
      ({ payer, payee, holder = payee } = pair);
    });
    const testHeld = test.runIf(has('hold') || bringsHolder);
    afterAll(() => pair.close());

    const pay = (bolt11: string, signal?: AbortSignal) =>
      payer.pay({ bolt11, feeLimitMsat: FEE_LIMIT }, signal === undefined ? {} : { signal });
    const invoice = async (): Promise<PayableRecord> =>
      payable(await payee.makeInvoice({ amountMsat: AMOUNT, description: 'a job', expirySeconds: 600 }));
    const holdInvoice = async (paymentHash: string): Promise<PayableRecord> => {
      const terms = { amountMsat: AMOUNT, paymentHash, description: 'a held job', expirySeconds: 600 };
      return payable(await holder.makeHoldInvoice(terms));
    };

    /** A driver that remembers only what it did itself cannot say that a payment was never made. */
    async function expectUnknown(wallet: Wallet, paymentHash: string): Promise<void> {
      if (has('history')) expect(await find(wallet, paymentHash)).toBeNull();
      else expectNotImplemented(await wallet.lookup({ paymentHash }));
    }

    test('says what it can do: its network, play money, holds and notifications', async () => {
      expect(value(await payer.capabilities())).toMatchObject({
        network,
        playMoney: network !== 'bitcoin',
        hold: has('hold'),
        descriptionHash: has('description-hash'),
        notifications: has('notifications'),
      });
    });

    test('makes the invoice that was asked for', async () => {
      const descriptionHash = bytesToHex(sha256(hexToBytes('ab')));
      const hashed = { amountMsat: AMOUNT, descriptionHash, expirySeconds: 600 };
      if (!has('description-hash')) expectNotImplemented(await payee.makeInvoice(hashed));
      const made = has('description-hash') ? payable(await payee.makeInvoice(hashed)) : await invoice();
      expect(made).toMatchObject({
        direction: 'incoming',
        state: 'pending',
        amountMsat: AMOUNT,
        preimage: null,
      });
      const parsed = parseInvoice(made.bolt11);
      expect(parsed).toMatchObject({
        ok: true,
        value: {
          network,
          amountMsat: AMOUNT,
          paymentHash: made.paymentHash,
          ...(has('description-hash') ? { descriptionHash } : {}),
        },
      });
      expect(await find(payee, made.paymentHash)).toEqual(made);
      await expectUnknown(payer, made.paymentHash);
    });

    test('makes invoices for parts of a sat, or says that it does not', async () => {
      const part = { amountMsat: msat(AMOUNT + 1n), description: '', expirySeconds: 600 };
      const made = await payee.makeInvoice(part);
      if (has('msat')) expect(payable(made).amountMsat).toBe(part.amountMsat);
      else expect(made).toMatchObject({ ok: false, failure: { code: 'invalid-invoice' } });
    });

    test('pays to the millisatoshi, and both sides can prove it', async () => {
      const [payerBefore, payeeBefore] = [await spendable(payer), await spendable(payee)];
      const made = await invoice();
      const { preimage, feePaidMsat } = value(await pay(made.bolt11));
      expect(hashOf(preimage)).toBe(made.paymentHash);
      expect(feePaidMsat).toBeLessThanOrEqual(FEE_LIMIT);
      await untilState(payee, made.paymentHash, 'settled');
      const received = await find(payee, made.paymentHash);
      const sent = await find(payer, made.paymentHash);
      expect(received).toMatchObject({ direction: 'incoming', amountMsat: AMOUNT, preimage });
      expect(sent).toMatchObject({
        direction: 'outgoing',
        state: 'settled',
        amountMsat: AMOUNT,
        feePaidMsat,
        preimage,
      });
      expect(received?.settledAt).toBeGreaterThanOrEqual(made.createdAt);
      expect(sent?.settledAt).toBeGreaterThanOrEqual(made.createdAt);
      await untilSpendable(payee, payeeBefore + AMOUNT);
      if (has('fees')) await untilSpendable(payer, payerBefore - AMOUNT - feePaidMsat);
    });

    test.runIf(!has('hold'))('says that it cannot hold', async () => {
      const { preimage, paymentHash } = newSecret();
      const terms = { amountMsat: AMOUNT, paymentHash, description: '', expirySeconds: 600 };
      expectNotImplemented(await payee.makeHoldInvoice(terms));
      expectNotImplemented(await payee.settleHold({ preimage }));
      expectNotImplemented(await payee.cancelHold({ paymentHash }));
    });

    testHeld('holds money until it is settled, once', async () => {
      const holderBefore = await spendable(holder);
      const { preimage, paymentHash } = newSecret();
      const made = await holdInvoice(paymentHash);
      expect(made.paymentHash).toBe(paymentHash);
      const paying = pay(made.bolt11);
      await untilState(holder, paymentHash, 'accepted');
      expect(await find(holder, paymentHash)).toMatchObject({ preimage: null, settledAt: null });
      expect((await find(holder, paymentHash))?.settleDeadlineHeight).toBeGreaterThan(0);
      expect(await find(payer, paymentHash)).toMatchObject({
        direction: 'outgoing',
        state: 'pending',
        preimage: null,
      });
      expect(await holder.settleHold({ preimage })).toMatchObject({ ok: true });
      expect(value(await paying).preimage).toBe(preimage);
      expect(await holder.settleHold({ preimage })).toMatchObject({ ok: true });
      await untilState(holder, paymentHash, 'settled');
      expect(await holder.cancelHold({ paymentHash })).toMatchObject({ ok: false });
      expect(await find(payer, paymentHash)).toMatchObject({ state: 'settled', preimage });
      await untilSpendable(holder, holderBefore + AMOUNT);
    });

    testHeld('gives held money back when it is cancelled, once', async () => {
      const payerBefore = await spendable(payer);
      const { preimage, paymentHash } = newSecret();
      const made = await holdInvoice(paymentHash);
      const paying = pay(made.bolt11);
      await untilState(holder, paymentHash, 'accepted');
      expect(await holder.cancelHold({ paymentHash })).toMatchObject({ ok: true });
      expect(await paying).toMatchObject({ ok: false, failure: { code: 'payment-failed' } });
      expect(await holder.cancelHold({ paymentHash })).toMatchObject({ ok: true });
      expect(await holder.settleHold({ preimage })).toMatchObject({ ok: false });
      await untilState(holder, paymentHash, 'canceled');
      await untilState(payer, paymentHash, 'failed');
      await untilSpendable(payer, payerBefore);
    });

    testHeld('makes an unpaid hold invoice unpayable when it is cancelled', async () => {
      const { paymentHash } = newSecret();
      const made = await holdInvoice(paymentHash);
      expect(await holder.cancelHold({ paymentHash })).toMatchObject({ ok: true });
      expectRefused(await pay(made.bolt11));
      expect(await find(holder, paymentHash)).toMatchObject({ state: 'canceled' });
    });

    testHeld('lets a held payment outlive the call that made it', async () => {
      const { preimage, paymentHash } = newSecret();
      const made = await holdInvoice(paymentHash);
      const caller = new AbortController();
      const abandoned = pay(made.bolt11, caller.signal);
      await untilState(holder, paymentHash, 'accepted');
      caller.abort();
      expect(await abandoned).toMatchObject({ ok: false, failure: { code: 'wallet-timeout' } });
      expect(await find(payer, paymentHash)).toMatchObject({ state: 'pending' });
      const joined = pay(made.bolt11);
      expect(await holder.settleHold({ preimage })).toMatchObject({ ok: true });
      expect(value(await joined).preimage).toBe(preimage);
      await untilState(payer, paymentHash, 'settled');
    });

    test('pays an invoice once, however often it is asked to', async () => {
      const payeeBefore = await spendable(payee);
      const made = await invoice();
      const together = await Promise.all([pay(made.bolt11), pay(made.bolt11)]);
      const again = await pay(made.bolt11);
      const proofs = [...together, again].map((outcome) => value(outcome).preimage);
      expect(new Set(proofs.map(hashOf))).toEqual(new Set([made.paymentHash]));
      await untilState(payee, made.paymentHash, 'settled');
      await untilSpendable(payee, payeeBefore + AMOUNT);
    });

    test('refuses broken invoices and those of another network', async () => {
      const before = await spendable(payer);
      expect(await pay('lnbcrt1')).toMatchObject({ ok: false, failure: { code: 'invalid-invoice' } });
      const elsewhere = sampleInvoice({
        prefix: network === 'bitcoin' ? 'lnbcrt210n' : 'lnbc210n',
        createdAt: Math.floor(Date.now() / 1000),
      });
      expect(await pay(elsewhere)).toMatchObject({ ok: false, failure: { code: 'wrong-network' } });
      expect(await spendable(payer)).toBe(before);
    });

    test.runIf(has('expiry'))('refuses an expired invoice', async () => {
      const made = payable(
        await payee.makeInvoice({ amountMsat: AMOUNT, description: '', expirySeconds: 1 }),
      );
      await untilState(payee, made.paymentHash, 'expired');
      expectRefused(await pay(made.bolt11));
      expect(await find(payee, made.paymentHash)).toMatchObject({ state: 'expired', preimage: null });
    });

    test('refuses to pay more than it has', async () => {
      const before = await spendable(payer);
      const tooMuch = msat(((before + 1_999_999n) / 1_000n) * 1_000n);
      const made = await payee.makeInvoice({ amountMsat: tooMuch, description: '', expirySeconds: 600 });
      if (made.ok) expectRefused(await pay(payable(made).bolt11));
      expect(await spendable(payer)).toBe(before);
    });

    test('knows nothing of hashes it never saw', async () => {
      const { preimage, paymentHash } = newSecret();
      await expectUnknown(payer, paymentHash);
      if (!has('hold')) return;
      expect(await payee.settleHold({ preimage })).toMatchObject({
        ok: false,
        failure: { code: 'wallet-not-found' },
      });
      expect(await payee.cancelHold({ paymentHash })).toMatchObject({
        ok: false,
        failure: { code: 'wallet-not-found' },
      });
    });

    test.runIf(!has('list'))('says that it cannot list', async () =>
      expectNotImplemented(await payer.list({})),
    );

    test.runIf(has('list'))('lists payments of both directions, newest first', async () => {
      const there = await invoice();
      await pay(there.bolt11);
      const backAsked = { amountMsat: msat(1_000n), description: 'back', expirySeconds: 600 };
      const back = payable(await payer.makeInvoice(backAsked));
      value(await payee.pay({ bolt11: back.bolt11, feeLimitMsat: FEE_LIMIT }));
      const all = value(await payer.list({ from: there.createdAt, limit: 200 }));
      const hashes = all.map(({ direction, paymentHash }) => `${direction}:${paymentHash}`);
      expect(hashes).toContain(`incoming:${back.paymentHash}`);
      expect(hashes).toContain(`outgoing:${there.paymentHash}`);
      const times = all.map(({ createdAt }) => createdAt);
      expect(times).toEqual(times.toSorted((left, right) => right - left));
      const outgoing = value(await payer.list({ from: there.createdAt, direction: 'outgoing', limit: 200 }));
      expect(outgoing).toEqual(all.filter(({ direction }) => direction === 'outgoing'));
      expect(value(await payer.list({ limit: 1 })).length).toBe(1);
      expect(value(await payer.list({ until: 1_000_000_000 }))).toEqual([]);
    });

    async function payHeld(heard: readonly string[]): Promise<string> {
      const { preimage, paymentHash } = newSecret();
      const paying = pay((await holdInvoice(paymentHash)).bolt11);
      await vi.waitFor(
        () => expect(heard).toContain(`payee held accepted incoming ${paymentHash}`),
        PATIENCE,
      );
      value(await payee.settleHold({ preimage }));
      value(await paying);
      return paymentHash;
    }

    async function payPlain(): Promise<string> {
      const { bolt11, paymentHash } = await invoice();
      value(await pay(bolt11));
      return paymentHash;
    }

    test.runIf(has('notifications'))(
      'tells of money held, received and sent, until the listener leaves',
      async () => {
        const leaving = new AbortController();
        const heard: string[] = [];
        const listen = (wallet: Wallet, who: string) =>
          wallet.subscribe(({ type, payment }: WalletNotification) => {
            heard.push(`${who} ${type} ${payment.state} ${payment.direction} ${payment.paymentHash}`);
          }, leaving.signal);
        listen(payer, 'payer');
        listen(payee, 'payee');
        const paymentHash = has('hold') ? await payHeld(heard) : await payPlain();
        await vi.waitFor(() => {
          expect(heard).toContain(`payee received settled incoming ${paymentHash}`);
          expect(heard).toContain(`payer sent settled outgoing ${paymentHash}`);
        }, PATIENCE);
        leaving.abort();
        const unheard = await invoice();
        value(await pay(unheard.bolt11));
        await untilState(payee, unheard.paymentHash, 'settled');
        expect(heard.join()).not.toContain(unheard.paymentHash);
      },
    );
  });
}

const spendable = async (wallet: Wallet): Promise<Msat> => value(await wallet.balance()).spendableMsat;
const find = async (wallet: Wallet, paymentHash: string) => value(await wallet.lookup({ paymentHash }));

const untilState = (wallet: Wallet, paymentHash: string, state: PaymentRecord['state']) =>
  vi.waitFor(async () => expect(await find(wallet, paymentHash)).toMatchObject({ state }), PATIENCE);
/** The balance moves shortly before or after the payment is told. */
const untilSpendable = (wallet: Wallet, amount: bigint) =>
  vi.waitFor(async () => expect(await spendable(wallet)).toBe(amount), PATIENCE);

type PayableRecord = PaymentRecord & { readonly bolt11: string };

function value<Value>(outcome: WalletOutcome<Value>): Value {
  if (!outcome.ok) throw new Error(`${outcome.failure.code}: ${outcome.failure.message}`);
  return outcome.value;
}

function payable(outcome: WalletOutcome<PaymentRecord>): PayableRecord {
  const record = value(outcome);
  if (record.bolt11 === null) throw new Error('The wallet made an invoice without its text.');
  return { ...record, bolt11: record.bolt11 };
}

/** A failure that says for sure that no money moved. */
function expectRefused(outcome: WalletOutcome<unknown>): void {
  expect(outcome).toMatchObject({ ok: false });
  if (!outcome.ok) expect(OPEN_CODES).not.toContain(outcome.failure.code);
}

function expectNotImplemented(outcome: WalletOutcome<unknown>): void {
  expect(outcome).toMatchObject({ ok: false, failure: { code: 'not-implemented' } });
}

function hashOf(preimage: string): string {
  return bytesToHex(sha256(hexToBytes(preimage)));
}

function newSecret(): { readonly preimage: string; readonly paymentHash: string } {
  const preimage = bytesToHex(crypto.getRandomValues(new Uint8Array(32)));
  return { preimage, paymentHash: hashOf(preimage) };
}
