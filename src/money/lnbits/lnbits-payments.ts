import { pause } from '../../clock/index.ts';
import { failure, success } from '../../protocol/index.ts';
import type { PayableInvoice } from '../invoice-terms.ts';
import { readJsonMsat } from '../nwc-payment.ts';
import type { JsonObject } from '../nwc-protocol.ts';
import type { PaymentRecord, Wallet, WalletOutcome } from '../wallet.ts';
import type { ServerRequest, ServerWait } from '../wallet-server.ts';

type PayOutcome = Awaited<ReturnType<Wallet['pay']>>;

/** What paying needs of the wallet. */
export interface LnbitsPayer {
  readonly call: (request: ServerRequest, wait: ServerWait) => Promise<WalletOutcome<JsonObject>>;
  readonly lookup: (paymentHash: string, wait: ServerWait) => Promise<WalletOutcome<PaymentRecord | null>>;
  /** Unix seconds. */
  readonly now: () => number;
}

const FIRST_LOOK_MS = 250;
const LONGEST_LOOK_MS = 4_000;

/**
 * Pays an invoice and follows it to its end. LNbits stops waiting after some seconds, refuses a hash it knows, and
 * says `failed` of invoices that were paid within it: so the payment is looked up before, and whenever LNbits
 * refuses. It does not check the invoice's expiry, so that is done here. It takes no fee limit, but tells how much it
 * may spend: above the limit nothing is sent.
 */
export async function payThroughLnbits(
  payer: LnbitsPayer,
  payment: { readonly invoice: PayableInvoice; readonly feeLimitMsat: bigint },
  wait: { readonly callMs: number; readonly payMs: number; readonly signal: AbortSignal | undefined },
): Promise<PayOutcome> {
  const { bolt11, paymentHash } = payment.invoice;
  const endsAtMs = performance.now() + wait.payMs;
  const quick = { timeoutMs: wait.callMs, signal: wait.signal };

  const known = await payer.lookup(paymentHash, quick);
  if (!known.ok) return known;
  if (isBegun(known.value)) return follow();

  if (payment.invoice.expiresAt <= payer.now())
    return failure('invalid-invoice', 'The invoice has expired: ask the payee for a new one.', {
      reason: 'expired',
    });

  const reserve = await payer.call({ path: `/api/v1/payments/fee-reserve?invoice=${bolt11}` }, quick);
  if (!reserve.ok) return reserve;
  const mostMsat = readJsonMsat(reserve.value['fee_reserve']);
  if (mostMsat === null || mostMsat > payment.feeLimitMsat)
    return failure('payment-failed', 'LNbits may spend more on fees than allowed: raise the limit.', {
      reason: 'fee-limit',
      feeReserveMsat: mostMsat?.toString() ?? null,
    });

  const body = { out: true, bolt11 };
  const sent = await payer.call(
    { path: '/api/v1/payments', body },
    { timeoutMs: wait.payMs, signal: wait.signal },
  );
  if (sent.ok) return follow();
  if (OPEN.has(sent.failure.code)) return sent;
  const after = await payer.lookup(paymentHash, quick);
  if (!after.ok || isBegun(after.value)) return follow();
  if (sent.failure.data?.['walletStatus'] === 'pending') return stillOpen();
  return refused(sent.failure.code, sent.failure.data);

  /** Looks until the payment has ended or the time is over. */
  async function follow(): Promise<PayOutcome> {
    const never = new AbortController().signal;
    for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_LOOK_MS)) {
      const leftMs = endsAtMs - performance.now();
      if (leftMs <= 0 || wait.signal?.aborted === true) return stillOpen();
      const found = await payer.lookup(paymentHash, {
        timeoutMs: Math.min(leftMs, wait.callMs),
        signal: wait.signal,
      });
      if (found.ok && found.value?.direction === 'outgoing') {
        const { state, preimage, feePaidMsat } = found.value;
        if (state === 'failed') return refused('payment-failed', { reason: 'unknown' });
        if (state === 'settled') return preimage === null ? stillOpen() : success({ preimage, feePaidMsat });
      }
      await pause(Math.min(pauseMs, leftMs), wait.signal ?? never);
    }
  }
}

const OPEN: ReadonlySet<string> = new Set(['wallet-timeout', 'wallet-unreachable']);

function isBegun(record: PaymentRecord | null): boolean {
  return record?.direction === 'outgoing' && record.state !== 'failed';
}

function stillOpen(): PayOutcome {
  return failure('wallet-timeout', 'LNbits did not say how the payment ended: look up what became of it.');
}

/** LNbits has no codes: its words alone tell a lack of money from other reasons. */
const TOO_LITTLE = /insufficient balance|you must reserve/i;

function refused(
  code: Extract<PayOutcome, { ok: false }>['failure']['code'],
  data: Readonly<Record<string, unknown>> | undefined,
): PayOutcome {
  const words = data?.['walletMessage'];
  if (typeof words === 'string' && TOO_LITTLE.test(words))
    return failure('insufficient-balance', 'The wallet holds too little for this payment and its fee.', data);
  return failure(
    code === 'wallet-internal' || code === 'wallet-not-found' ? 'payment-failed' : code,
    'LNbits did not pay, and no money moved: see its words.',
    data,
  );
}
