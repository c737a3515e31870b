import type { PaymentRecord } from '../money/index.ts';
import { msat, type Msat } from '../protocol/index.ts';
import type { Cut } from './cut.ts';
import { bigInteger, integer, optionalInteger, optionalText, text, word, type SqlRow } from './sql-row.ts';

/** `settling`: the preimage is with LDK, the money not yet ours; outside it still shows as `accepted`. */
export type StoredState = PaymentRecord['state'] | 'settling';

/** Which way the money goes. */
export type Direction = PaymentRecord['direction'];

/** A payment as the bank keeps it: the record that wallets show, and what only the bank needs. */
export interface StoredPayment {
  readonly state: StoredState;
  readonly isHold: boolean;
  readonly expiresAt: number;
  readonly record: PaymentRecord;
}

/** A payment before it happened. */
export interface NewPayment {
  readonly role: string;
  readonly direction: Direction;
  readonly paymentHash: string;
  readonly isHold: boolean;
  readonly bolt11: string;
  readonly amountMsat: Msat;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** Names one payment of one role. */
export interface PaymentKey {
  readonly role: string;
  readonly direction: Direction;
  readonly paymentHash: string;
}

/** Which payments to list. */
export interface PaymentQuery {
  readonly role: string;
  /** Unix seconds of creation, both ends included. */
  readonly from: number;
  readonly until: number;
  /** `null` for both. */
  readonly direction: Direction | null;
  readonly limit: number;
}

const DIRECTIONS = ['incoming', 'outgoing'] as const satisfies readonly Direction[];
const STATES = [
  'pending',
  'accepted',
  'settling',
  'settled',
  'canceled',
  'expired',
  'failed',
] as const satisfies readonly StoredState[];
const BY_KEY = 'WHERE role = ? AND direction = ? AND payment_hash = ?';

/** The payments of all roles, changed in the open cut; `lookup` and `list` show committed ones only. */
export class PaymentRecords {
  readonly #cut: Cut;
  readonly #now: () => number;

  /** `now` in unix seconds decides which unpaid invoices show as expired. */
  constructor(cut: Cut, now: () => number) {
    this.#cut = cut;
    this.#now = now;
  }

  /** The payment as the open cut has it, for deciding; never to be told outside. */
  find(key: PaymentKey): StoredPayment | null {
    const [row] = this.#cut.rows(
      `SELECT * FROM payment_records ${BY_KEY}`,
      key.role,
      key.direction,
      key.paymentHash,
    );
    return row === undefined ? null : this.#stored(row);
  }

  /** Adds a pending payment; one that failed before starts anew under its old number. */
  add(payment: NewPayment): void {
    this.#cut.write(
      `INSERT INTO payment_records
         (role, direction, payment_hash, state, is_hold, bolt11, amount_msat, created_at, expires_at)
       VALUES (?, ?, ?, 'pending', ?, ?, ?, ?, ?)
       ON CONFLICT (role, direction, payment_hash) DO UPDATE
         SET state = 'pending', failure_reason = NULL WHERE state = 'failed'`,
      payment.role,
      payment.direction,
      payment.paymentHash,
      payment.isHold ? 1 : 0,
      payment.bolt11,
      payment.amountMsat,
      payment.createdAt,
      payment.expiresAt,
    );
  }

  /** A hold invoice was paid; it must be settled below the given height. */
  accept(key: PaymentKey, settleDeadlineHeight: number | null): void {
    this.#cut.write(
      `UPDATE payment_records SET state = 'accepted', settle_deadline_height = ? ${BY_KEY}`,
      settleDeadlineHeight,
      key.role,
      key.direction,
      key.paymentHash,
    );
  }

  /** The claim is under way. The preimage is kept, but shown only once the money is there. */
  startSettling(key: PaymentKey, preimage: string): void {
    this.#cut.write(
      `UPDATE payment_records SET state = 'settling', preimage = ? ${BY_KEY}`,
      preimage,
      key.role,
      key.direction,
      key.paymentHash,
    );
  }

  cancel(key: PaymentKey): void {
    this.#cut.write(
      `UPDATE payment_records SET state = 'canceled' ${BY_KEY}`,
      key.role,
      key.direction,
      key.paymentHash,
    );
  }

  /** Incoming money is ours. False when that was known: LDK says it again at every start. */
  settleIncoming(key: PaymentKey): boolean {
    const changed = this.#cut.write(
      `UPDATE payment_records SET state = 'settled', settled_at = ? ${BY_KEY} AND state = 'settling'`,
      this.#now(),
      key.role,
      key.direction,
      key.paymentHash,
    );
    return changed > 0;
  }

  /** Outgoing money arrived at the payee, as the preimage proves. False when that was known. */
  settleOutgoing(
    key: PaymentKey,
    proof: { readonly preimage: string; readonly feePaidMsat: bigint },
  ): boolean {
    const changed = this.#cut.write(
      `UPDATE payment_records SET state = 'settled', preimage = ?, fee_paid_msat = ?, settled_at = ?
       ${BY_KEY} AND state <> 'settled'`,
      proof.preimage,
      proof.feePaidMsat,
      this.#now(),
      key.role,
      key.direction,
      key.paymentHash,
    );
    return changed > 0;
  }

  /** An outgoing payment came back. */
  fail(key: PaymentKey, reason: string): void {
    this.#cut.write(
      `UPDATE payment_records SET state = 'failed', failure_reason = ? ${BY_KEY} AND state = 'pending'`,
      reason,
      key.role,
      key.direction,
      key.paymentHash,
    );
  }

  /** Held payments whose deadline has come went back to their payers: LDK returns them and tells nobody. */
  expireHolds(height: number): void {
    const isDue = `state = 'accepted' AND settle_deadline_height <= ?`;
    const due = this.#cut.rows(`SELECT 1 FROM payment_records WHERE ${isDue} LIMIT 1`, height);
    if (due.length > 0)
      this.#cut.write(`UPDATE payment_records SET state = 'expired' WHERE ${isDue}`, height);
  }

  /** The committed record of a hash. A role that resells under one hash has two: the incoming one is shown. */
  lookup(role: string, paymentHash: string): PaymentRecord | null {
    const [row] = this.#cut.committedRows(
      'SELECT * FROM payment_records WHERE role = ? AND payment_hash = ? ORDER BY direction LIMIT 1',
      role,
      paymentHash,
    );
    return row === undefined ? null : this.#stored(row).record;
  }

  /** Committed records, newest first. */
  list(query: PaymentQuery): PaymentRecord[] {
    const rows = this.#cut.committedRows(
      `SELECT * FROM payment_records
       WHERE role = ? AND created_at BETWEEN ? AND ? AND (? IS NULL OR direction = ?)
       ORDER BY created_at DESC, sequence DESC LIMIT ?`,
      query.role,
      query.from,
      query.until,
      query.direction,
      query.direction,
      query.limit,
    );
    return rows.map((row) => this.#stored(row).record);
  }

  #stored(row: SqlRow): StoredPayment {
    const state = word(row, 'state', STATES);
    const direction = word(row, 'direction', DIRECTIONS);
    const expiresAt = integer(row, 'expires_at');
    const isUnpaid = direction === 'incoming' && state === 'pending';
    const shown = state === 'settling' ? 'accepted' : state;
    return {
      state,
      isHold: integer(row, 'is_hold') === 1,
      expiresAt,
      record: {
        direction,
        state: isUnpaid && expiresAt <= this.#now() ? 'expired' : shown,
        paymentHash: text(row, 'payment_hash'),
        bolt11: text(row, 'bolt11'),
        amountMsat: msat(bigInteger(row, 'amount_msat')),
        feePaidMsat: msat(bigInteger(row, 'fee_paid_msat')),
        preimage: state === 'settled' ? optionalText(row, 'preimage') : null,
        createdAt: integer(row, 'created_at'),
        settledAt: optionalInteger(row, 'settled_at'),
        settleDeadlineHeight: optionalInteger(row, 'settle_deadline_height'),
      },
    };
  }
}
