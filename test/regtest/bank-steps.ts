import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { PaymentRecord, Wallet, WalletNotification } from '../../src/money/index.ts';
import { msat, orThrow, ZERO_MSAT } from '../../src/protocol/index.ts';
import { openBank, type Bank, type BankOptions } from '../../src/regtest/index.ts';

export const HALF_CHANNEL_MSAT = 5_000_000_000n;
export const RESERVE_MSAT = 100_000_000n;
/** A hold invoice that was paid and waits. */
export interface Held {
  readonly preimage: string;
  readonly paymentHash: string;
  readonly paying: ReturnType<Wallet['pay']>;
  readonly record: PaymentRecord;
}

export async function temporaryDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'coinop-bank-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Blocks come only when a test mines them, and time passes only when a test says so. */
export function open(dir: string, options: Partial<BankOptions> = {}): Promise<Bank> {
  return openBank({ dir, roles: ['provider', 'customer'], blockEveryMs: null, ...options });
}

export async function spendable(wallet: Wallet): Promise<bigint> {
  return orThrow(await wallet.balance()).spendableMsat;
}

export async function invoiceOf(
  payee: Wallet,
  amountMsat: bigint,
  expirySeconds = 600,
): Promise<PaymentRecord & { bolt11: string }> {
  const made = orThrow(
    await payee.makeInvoice({ amountMsat: msat(amountMsat), description: 'work', expirySeconds }),
  );
  return { ...made, bolt11: made.bolt11 ?? '' };
}

export function pay(payer: Wallet, bolt11: string, signal?: AbortSignal): ReturnType<Wallet['pay']> {
  return payer.pay({ bolt11, feeLimitMsat: ZERO_MSAT }, signal === undefined ? {} : { signal });
}

/** The next notice of a wallet that fits; rejects when the test's time is over. */
export function nextNotice(
  wallet: Wallet,
  fits: (notice: WalletNotification) => boolean,
): Promise<PaymentRecord> {
  const heard = new AbortController();
  onTestFinished(() => heard.abort());
  return new Promise((resolve) => {
    wallet.subscribe((notice) => {
      if (!fits(notice)) return;
      heard.abort();
      resolve(notice.payment);
    }, heard.signal);
  });
}

export async function holdInvoice(payee: Wallet, amountMsat: bigint) {
  const preimage = randomBytes(32);
  const paymentHash = createHash('sha256').update(preimage).digest('hex');
  const made = orThrow(
    await payee.makeHoldInvoice({
      amountMsat: msat(amountMsat),
      paymentHash,
      description: 'held',
      expirySeconds: 600,
    }),
  );
  return { preimage: preimage.toString('hex'), paymentHash, bolt11: made.bolt11 ?? '' };
}

export async function hold(payer: Wallet, payee: Wallet, amountMsat: bigint): Promise<Held> {
  const { preimage, paymentHash, bolt11 } = await holdInvoice(payee, amountMsat);
  const held = nextNotice(
    payee,
    (notice) => notice.type === 'held' && notice.payment.paymentHash === paymentHash,
  );
  const paying = pay(payer, bolt11);
  return { preimage, paymentHash, paying, record: await held };
}

export async function stateOf(wallet: Wallet, paymentHash: string): Promise<string | undefined> {
  return orThrow(await wallet.lookup({ paymentHash }))?.state;
}

export async function failureOf(outcome: Promise<{ readonly ok: boolean }>): Promise<unknown> {
  const settled = await outcome;
  return 'failure' in settled ? settled.failure : settled;
}
