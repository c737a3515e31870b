import { failure, success } from '../../protocol/index.ts';
import type { PayableInvoice } from '../invoice-terms.ts';
import type { JsonObject } from '../nwc-protocol.ts';
import type { PaymentRecord, Wallet, WalletOutcome } from '../wallet.ts';
import type { ServerWait } from '../wallet-server.ts';
import { toPathBase64, type LndApi } from './lnd-api.ts';
import { readPayment } from './lnd-records.ts';

type PayOutcome = Awaited<ReturnType<Wallet['pay']>>;

/**
 * Pays an invoice through LND's router and follows it to its end. LND pays a hash once: a payment that is known
 * is joined. A refusal is believed only when LND knows no payment of that hash, or says that it failed.
 */
export async function payThroughRouter(
  api: LndApi,
  payment: { readonly invoice: PayableInvoice; readonly feeLimitMsat: bigint },
  wait: ServerWait,
): Promise<PayOutcome> {
  const { bolt11, paymentHash } = payment.invoice;
  const body = {
    payment_request: bolt11,
    fee_limit_msat: payment.feeLimitMsat.toString(),
    timeout_seconds: Math.ceil(wait.timeoutMs / 1000),
  };
  const startedAtMs = performance.now();
  const sent = await api.stream({ path: '/v2/router/send', body }, wait, takeEnded);
  if (sent.ok) return outcomeOf(sent.value, paymentHash);
  if (OPEN.has(sent.failure.code)) return sent;
  const leftMs = Math.max(1, wait.timeoutMs - (performance.now() - startedAtMs));
  const known = await trackPayment(api, paymentHash, { ...wait, timeoutMs: leftMs }, takeEnded);
  if (known.ok) return outcomeOf(known.value, paymentHash);
  const isUnknown =
    known.failure.code === 'wallet-not-found' && sent.failure.data?.['grpcCode'] !== ALREADY_EXISTS;
  if (!isUnknown) return stillOpen();
  return failure(
    sent.failure.code === 'wallet-internal' ? 'payment-failed' : sent.failure.code,
    'LND refused to pay, and no money moved: see its words.',
    sent.failure.data,
  );
}

/** What LND knows of a payment we sent, now; `null` when it knows none. */
export async function lookupSent(
  api: LndApi,
  paymentHash: string,
  wait: ServerWait,
): Promise<WalletOutcome<PaymentRecord | null>> {
  const tracked = await trackPayment(api, paymentHash, wait, (payment) => payment);
  if (!tracked.ok) return tracked.failure.code === 'wallet-not-found' ? success(null) : tracked;
  const record = tracked.value === null ? null : readPayment(tracked.value);
  return record?.paymentHash === paymentHash
    ? success(record)
    : failure('wallet-internal', 'LND’s answer about the payment makes no sense: check its version.');
}

/** The gRPC code for a payment that LND has begun before. */
const ALREADY_EXISTS = 6;
const OPEN: ReadonlySet<string> = new Set(['wallet-timeout', 'wallet-unreachable']);

function trackPayment(
  api: LndApi,
  paymentHash: string,
  wait: ServerWait,
  take: (payment: JsonObject) => JsonObject | undefined,
): Promise<WalletOutcome<JsonObject | null>> {
  return api.stream({ path: `/v2/router/track/${toPathBase64(paymentHash)}` }, wait, take);
}

function takeEnded(payment: JsonObject): JsonObject | undefined {
  return payment['status'] === 'SUCCEEDED' || payment['status'] === 'FAILED' ? payment : undefined;
}

function outcomeOf(payment: JsonObject | null, paymentHash: string): PayOutcome {
  const record = payment === null ? null : readPayment(payment);
  if (record?.paymentHash !== paymentHash) return stillOpen();
  if (record.state === 'failed') return paymentFailed(payment?.['failure_reason']);
  const { preimage, feePaidMsat } = record;
  return preimage === null ? stillOpen() : success({ preimage, feePaidMsat });
}

function stillOpen(): PayOutcome {
  return failure('wallet-timeout', 'LND did not say how the payment ended: look up what became of it.');
}

function paymentFailed(told: unknown): PayOutcome {
  const reason =
    typeof told === 'string' && /^[A-Z_]{1,64}$/.test(told)
      ? told.replace('FAILURE_REASON_', '').replaceAll('_', '-').toLowerCase()
      : 'unknown';
  return reason === 'insufficient-balance'
    ? failure('insufficient-balance', 'The wallet’s channels hold too little for this payment.', { reason })
    : failure('payment-failed', 'The payment failed and the money is back: ask for a new invoice.', {
        reason,
      });
}
