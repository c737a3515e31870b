import { createHash } from 'node:crypto';
import type { Audit, AuditedRecord, CrashReport } from './crash-report.ts';

const COUNTED = ['paid', 'failed', 'settled', 'canceled'] as const;

function isCounted(type: string): type is (typeof COUNTED)[number] {
  return COUNTED.some((counted) => counted === type);
}

interface Known {
  readonly told: Set<CrashReport['type']>;
  preimage: string | null;
  /** Both sides' states once the payment ended; they may never change again. */
  final: string | null;
}

/** Compares what a bank shows after a crash with everything it ever acknowledged. */
export class CrashAuditor {
  readonly violations: string[] = [];
  readonly counts = { audits: 0, paid: 0, failed: 0, settled: 0, canceled: 0, heldAcrossLives: 0 };
  readonly #known = new Map<string, Known>();
  readonly #roles: number;
  #initial: Map<string, bigint> | null = null;

  constructor(roles: number) {
    this.#roles = roles;
  }

  /** Payments that were asked for. */
  get payments(): number {
    return this.#known.size;
  }

  hear(report: CrashReport): void {
    if (report.type === 'audit') this.#audit(report.audit);
    if (!('hash' in report)) return;
    const known = this.#known.get(report.hash) ?? { told: new Set(), preimage: null, final: null };
    this.#known.set(report.hash, known);
    const isFirst = !known.told.has(report.type);
    known.told.add(report.type);
    if (isFirst && isCounted(report.type)) this.counts[report.type] += 1;
    if (report.type !== 'paid') return;
    this.#expect(
      known.preimage === null || known.preimage === report.preimage,
      `two preimages: ${report.hash}`,
    );
    known.preimage = report.preimage;
  }

  #expect(holds: boolean, violation: string): void {
    if (!holds) this.violations.push(violation);
  }

  #audit(audit: Audit): void {
    this.counts.audits += 1;
    const ends = 2 * this.#roles;
    this.#expect(audit.channels.open === ends, `${audit.channels.open} of ${ends} channel ends exist`);
    this.#expect(
      audit.channels.usable === ends,
      `${audit.channels.usable} of ${ends} channel ends are usable`,
    );
    this.#balance(audit);
    const payers = byHash(audit.records.filter(({ direction }) => direction === 'outgoing'));
    const payees = byHash(audit.records.filter(({ direction }) => direction === 'incoming'));
    for (const [hash, sides] of payers) {
      this.#expect(sides.length === 1, `paid by ${sides.length} wallets: ${hash}`);
      for (const side of sides) this.#pair(hash, side, payees.get(hash)?.[0]);
    }
    for (const [hash, [payee]] of payees)
      if (payee !== undefined && ['settled', 'accepted'].includes(payee.state))
        this.#expect(payers.has(hash), `${payee.state} without a payer: ${hash}`);
    for (const [hash, known] of this.#known)
      this.#acknowledged(hash, known, payers.get(hash)?.[0], payees.get(hash)?.[0]);
  }

  /** What LDK's channels hold must equal, to the millisatoshi, what the records add up to. */
  #balance({ balances, records }: Audit): void {
    const now = new Map(
      Object.entries(balances).map(([role, balance]) => [role, BigInt(balance) - changeOf(role, records)]),
    );
    this.#initial ??= now;
    for (const [role, initial] of this.#initial)
      this.#expect(now.get(role) === initial, `${role} is off by ${(now.get(role) ?? 0n) - initial} msat`);
    if (records.some(({ state }) => state === 'accepted')) return;
    const total = sum(Object.values(balances).map(BigInt));
    this.#expect(
      total === sum([...this.#initial.values()]),
      `the sum of all balances changed to ${total} msat`,
    );
  }

  #pair(hash: string, payer: AuditedRecord, payee: AuditedRecord | undefined): void {
    const pair = `payer ${payer.state}, payee ${payee?.state}: ${hash}`;
    if (payer.state === 'settled') {
      this.#expect(payee?.state === 'settled', pair);
      const proves = createHash('sha256')
        .update(Buffer.from(payer.preimage ?? '', 'hex'))
        .digest('hex');
      this.#expect(proves === hash, `wrong preimage: ${hash}`);
    } else if (payer.state === 'pending') this.#expect(payee?.state === 'accepted', pair);
    else this.#expect(payee !== undefined && !['settled', 'accepted'].includes(payee.state), pair);
    if (payer.state === 'pending') this.counts.heldAcrossLives += 1;
  }

  #acknowledged(
    hash: string,
    known: Known,
    payer: AuditedRecord | undefined,
    payee: AuditedRecord | undefined,
  ): void {
    const states = `${payer?.state ?? 'none'}/${payee?.state ?? 'none'}`;
    if (known.final !== null)
      return this.#expect(states === known.final, `${known.final} became ${states}: ${hash}`);
    const { told } = known;
    const expectStates = (fact: string, holds: boolean) =>
      this.#expect(holds, `acknowledged as ${fact}, now ${states}: ${hash}`);
    expectStates('made', payee !== undefined);
    if (told.has('paid')) {
      expectStates('paid', states === 'settled/settled');
      expectStates('paid with another preimage', payer?.preimage === known.preimage);
    }
    if (told.has('failed')) expectStates('failed', payer?.state === 'failed' && payee?.state !== 'settled');
    if (told.has('settled')) expectStates('settled', states === 'settled/settled');
    if (told.has('canceled')) expectStates('canceled', states === 'failed/canceled');
    const isUntouched = !told.has('settling') && !told.has('canceling');
    if (told.has('held') && isUntouched) expectStates('held', states === 'pending/accepted');
    // A settle that no answer confirmed may have died with its life; the next life may then cancel instead.
    if (told.has('settling') && !told.has('canceling'))
      expectStates('asked to settle', ['settled/settled', 'pending/accepted'].includes(states));
    const hasEnded = payer === undefined || payer.state !== 'pending';
    if (hasEnded) known.final = states;
  }
}

function byHash(records: readonly AuditedRecord[]): Map<string, AuditedRecord[]> {
  return Map.groupBy(records, ({ paymentHash }) => paymentHash);
}

/** What the records say a wallet gained: what it received, less what it paid or has under way. */
function changeOf(role: string, records: readonly AuditedRecord[]): bigint {
  return sum(
    records
      .filter((record) => record.role === role)
      .map(({ direction, state, amountMsat }) => {
        if (direction === 'incoming') return state === 'settled' ? BigInt(amountMsat) : 0n;
        return state === 'failed' ? 0n : -BigInt(amountMsat);
      }),
  );
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
