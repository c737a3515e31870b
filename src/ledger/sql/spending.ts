import type { Reservation, SpendingLimits } from '../../money/index.ts';
import { failure, msat, success } from '../../protocol/index.ts';
import { mayMove, PAYMENT_MOVES, type PaymentState } from '../states.ts';
import type { SpendingCaps, SpendingLedger } from '../spending.ts';
import type { Books } from './books.ts';
import { bookPayment, paymentOf, paymentRow, paymentRowToChange } from './payments.ts';
import { spentMsat } from './spent.ts';

/** All outgoing payments over SQL. */
export function sqlSpending(books: Books): SpendingLedger {
  const payments = () => books.read.selectFrom('payments').selectAll();
  return {
    limits: (spenderPubkey, caps) => limitsOf(books, spenderPubkey, caps),
    async spent(spenderPubkey) {
      const of = { spenderPubkey, now: books.now() };
      const [todayMsat, everMsat, madeMsat] = await Promise.all(
        (['today', 'ever', 'made'] as const).map((which) => spentMsat(books.read, { ...of, which })),
      );
      return {
        todayMsat: msat(todayMsat ?? 0n),
        everMsat: msat(everMsat ?? 0n),
        underWayMsat: msat((everMsat ?? 0n) - (madeMsat ?? 0n)),
      };
    },
    async payment(paymentHash) {
      const row = await paymentRow(books.read, paymentHash);
      return row === undefined ? null : paymentOf(row);
    },
    async listUnfinished(spenderPubkey) {
      const rows = await payments()
        .where('spender_pubkey', '=', spenderPubkey)
        .where('state', 'in', ['reserved', 'in-flight'])
        .where('request_id', 'is', null)
        .orderBy('created_at')
        .orderBy('payment_hash')
        .execute();
      return rows.map(paymentOf);
    },
    async list({ spenderPubkey, limit, after }) {
      let page = payments().where('spender_pubkey', '=', spenderPubkey);
      if (after !== undefined)
        page = page.where((payment) =>
          payment(
            payment.refTuple('created_at', 'payment_hash'),
            '>',
            payment.tuple(BigInt(after.createdAt), after.paymentHash),
          ),
        );
      const rows = await page.orderBy('created_at').orderBy('payment_hash').limit(limit).execute();
      return rows.map(paymentOf);
    },
    async listRecent({ spenderPubkey, limit }) {
      const rows = await payments()
        .where('spender_pubkey', '=', spenderPubkey)
        .orderBy('created_at', 'desc')
        .orderBy('payment_hash')
        .limit(limit)
        .execute();
      return rows.map(paymentOf);
    },
  };
}

/** A payment that failed leaves its hash in the books; the same invoice may be reserved again then. */
function limitsOf(books: Books, spenderPubkey: string, caps: SpendingCaps): SpendingLimits {
  return {
    reserve: (wish) =>
      books.commit(async (entry) => {
        await entry.inTurn(spenderPubkey);
        const earlier = await paymentRow(entry.trx, wish.paymentHash);
        if (earlier?.state === 'failed' && earlier.request_id === null)
          await entry.trx.deleteFrom('payments').where('payment_hash', '=', wish.paymentHash).execute();
        const booked = await bookPayment(books, entry, caps, { ...wish, requestId: null, spenderPubkey });
        if (booked.ok) return success(reservationOf(books, wish.paymentHash));
        if (booked.failure.code === 'over-budget')
          return failure('over-budget', booked.failure.message, booked.failure.data);
        return failure('already-paid', 'This invoice was paid before or is being paid: ask for a new one.');
      }),
    async unfinished(paymentHash) {
      const row = await paymentRow(books.read, paymentHash);
      const isOpen = row?.state === 'reserved' || row?.state === 'in-flight';
      return isOpen && row.spender_pubkey === spenderPubkey ? reservationOf(books, paymentHash) : null;
    },
  };
}

function reservationOf(books: Books, paymentHash: string): Reservation {
  /** A move that was made already changes nothing; one that the table forbids is a bug of the caller. */
  const moveTo = (
    state: PaymentState,
    proof: { readonly preimage?: string; readonly fee_paid_msat?: bigint } = {},
  ) =>
    books.commit(async ({ trx, moved }) => {
      const row = await paymentRowToChange(trx, paymentHash);
      if (row === undefined || row.state === state) return;
      if (!mayMove(PAYMENT_MOVES, row.state, state))
        throw new Error(`An outgoing payment does not go from ${row.state} to ${state}.`);
      await trx
        .updateTable('payments')
        .set({ state, ...proof, updated_at: books.now() })
        .where('payment_hash', '=', paymentHash)
        .execute();
      moved(`payment.${state}`);
    });
  return {
    inFlight: () => moveTo('in-flight'),
    spent: ({ preimage, feePaidMsat }) => moveTo('settled', { preimage, fee_paid_msat: feePaidMsat }),
    released: () => moveTo('failed'),
  };
}
