import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { PaymentRecord, Wallet } from '../../src/money/index.ts';
import { msat, orThrow, parseInvoice, ZERO_MSAT } from '../../src/protocol/index.ts';
import { openBank } from '../../src/regtest/index.ts';
import type { Audit, CrashReport, PaymentPlan } from './crash-report.ts';
import { seededRandom } from './seeded-random.ts';

/** Usage: crash-process.ts <dir> <seed> <work|finish>. Opens the bank, audits it, works until killed, or finishes. */
const [dir = '', seed = '0', task = 'work'] = process.argv.slice(2);
const ROLES = ['alice', 'bob', 'carol'];
const BLOCK_MS = 700;
const WORKERS = 8;
const REST_TIMEOUT_MS = 20_000;

const random = seededRandom(Number(seed));
const bank = await openBank({
  dir,
  roles: ROLES,
  blockEveryMs: BLOCK_MS,
  checkpointModule: new URL('./crash-points.ts', import.meta.url),
});
const wallets = new Map(ROLES.map((role) => [role, bank.wallet(role)]));
const heldTold = new Map<string, () => void>();
for (const wallet of wallets.values())
  wallet.subscribe(({ type, payment }) => {
    if (type !== 'held') return;
    report({ type: 'held', hash: payment.paymentHash });
    heldTold.get(payment.paymentHash)?.();
  }, new AbortController().signal);

report({ type: 'audit', audit: await auditAtRest() });
await Promise.all((await heldPayments()).map((held) => endHold(held, task === 'finish' ? 0.8 : 1)));
if (task === 'finish') {
  report({ type: 'audit', audit: await auditAtRest() });
  await bank.close();
  report({ type: 'end' });
} else await Promise.all(Array.from({ length: WORKERS }, work));

/** A line that `process.stdout` only queued would die with the process and look like a lost payment. */
function report(line: CrashReport): void {
  let rest = Buffer.from(`${JSON.stringify(line)}\n`);
  while (rest.length > 0) rest = rest.subarray(tryWrite(rest));
}

function tryWrite(bytes: Buffer): number {
  try {
    return writeSync(1, bytes);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 0;
    throw error;
  }
}

function walletOf(role: string): Wallet {
  const wallet = wallets.get(role);
  if (wallet === undefined) throw new Error(`no wallet ${role}`);
  return wallet;
}

function preimageOf(label: string): Buffer {
  return createHash('sha256').update(`preimage of ${label}`).digest();
}

async function recordsOf(role: string): Promise<PaymentRecord[]> {
  return orThrow(await walletOf(role).list({ limit: 1_000 }));
}

interface HeldPayment {
  readonly role: string;
  readonly hash: string;
  readonly label: string;
}

/** The label in the description leads back to the preimage, so that a later life can settle. */
async function heldPayments(): Promise<HeldPayment[]> {
  const perRole = await Promise.all(
    ROLES.map(async (role) =>
      (await recordsOf(role))
        .filter(({ direction, state }) => direction === 'incoming' && state === 'accepted')
        .map(({ paymentHash, bolt11 }) => ({
          role,
          hash: paymentHash,
          label: orThrow(parseInvoice(bolt11 ?? '')).description ?? '',
        })),
    ),
  );
  return perRole.flat();
}

/** Waits until only accepted holds are under way; then tells everything there is. */
async function auditAtRest(): Promise<Audit> {
  const deadline = performance.now() + REST_TIMEOUT_MS;
  for (;;) {
    const records = (
      await Promise.all(
        ROLES.map(async (role) => (await recordsOf(role)).map((record) => ({ ...record, role }))),
      )
    ).flat();
    const accepted = new Set(
      records.filter(({ state }) => state === 'accepted').map(({ paymentHash }) => paymentHash),
    );
    const moving = records.filter(
      ({ direction, state, paymentHash }) =>
        direction === 'outgoing' && state === 'pending' && !accepted.has(paymentHash),
    );
    if (moving.length === 0) {
      const balances: Record<string, string> = {};
      for (const role of ROLES)
        balances[role] = orThrow(await walletOf(role).balance()).spendableMsat.toString();
      const { channels } = await bank.stats();
      return {
        channels,
        balances,
        records: records.map(({ role, direction, state, paymentHash, preimage, amountMsat }) => ({
          role,
          direction,
          state,
          paymentHash,
          preimage,
          amountMsat: amountMsat.toString(),
        })),
      };
    }
    if (performance.now() > deadline) throw new Error(`${moving.length} payments never came to rest`);
    await pause(10);
  }
}

async function settle({ role, hash, label }: HeldPayment): Promise<void> {
  report({ type: 'settling', hash });
  orThrow(await walletOf(role).settleHold({ preimage: preimageOf(label).toString('hex') }));
  report({ type: 'settled', hash });
}

async function cancel({ role, hash }: HeldPayment): Promise<void> {
  report({ type: 'canceling', hash });
  orThrow(await walletOf(role).cancelHold({ paymentHash: hash }));
  report({ type: 'canceled', hash });
}

/** Settles or cancels; draws above 0.8 are left for another life. */
async function endHold(held: HeldPayment, drawBelow: number): Promise<void> {
  const draw = random() * drawBelow;
  if (draw < 0.4) await settle(held);
  else if (draw < 0.8) await cancel(held);
}

function planOf(draw: number): PaymentPlan {
  if (draw < 0.55) return 'plain';
  if (draw < 0.75) return 'settle';
  return draw < 0.9 ? 'cancel' : 'keep';
}

function pick(roles: readonly string[]): string {
  return roles[Math.floor(random() * roles.length)] ?? '';
}

async function work(): Promise<void> {
  for (;;) await payOnce();
}

async function payOnce(): Promise<void> {
  const payer = pick(ROLES);
  const payee = pick(ROLES.filter((role) => role !== payer));
  const dust = 1 + random() * 300_000;
  const amountMsat = msat(BigInt(Math.floor(random() < 0.5 ? dust : 400_000 + random() * 40_000_000)));
  const plan = planOf(random());
  const label = `${seed} ${random()}`;
  const terms = { amountMsat, description: label, expirySeconds: 600 };
  const paymentHash = createHash('sha256').update(preimageOf(label)).digest('hex');
  const made = orThrow(
    plan === 'plain'
      ? await walletOf(payee).makeInvoice(terms)
      : await walletOf(payee).makeHoldInvoice({ ...terms, paymentHash }),
  );
  const hash = made.paymentHash;
  report({ type: 'wanted', hash, payer, payee, plan });
  const held = new Promise<boolean>((resolve) => heldTold.set(hash, () => resolve(true)));
  const asks = random() < 0.1 ? 2 : 1; // asked twice, it must still be one payment
  const paid = Promise.all(Array.from({ length: asks }, () => pay(payer, hash, made.bolt11 ?? '')));
  if (plan === 'plain') return void (await paid);
  const isHeld = await Promise.race([held, paid.then(() => false)]);
  heldTold.delete(hash);
  if (!isHeld || plan === 'keep') return;
  await (plan === 'settle' ? settle : cancel)({ role: payee, hash, label });
  await paid;
}

async function pay(payer: string, hash: string, bolt11: string): Promise<void> {
  const outcome = await walletOf(payer).pay({ bolt11, feeLimitMsat: ZERO_MSAT });
  if (outcome.ok) report({ type: 'paid', hash, preimage: outcome.value.preimage });
  else if (outcome.failure.code === 'payment-failed' || outcome.failure.code === 'insufficient-balance')
    report({ type: 'failed', hash });
  else throw new Error(outcome.failure.code);
}
