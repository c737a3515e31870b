import type { Answer } from '../answer-order.ts';
import type { NostrEvent } from '../event.ts';
import { MAX_MSAT, msat, type Msat } from '../msat.ts';
import { failure, success, type Outcome } from '../outcome.ts';
import { parseNutzap, type Nutzap } from '../payments/nutzap.ts';
import { isPreimageOf } from '../payments/preimage.ts';
import { parseZapReceipt, type ZapReceipt } from '../payments/zap-receipt.ts';
import type { AnsweredJob } from './answered-job.ts';
import type { Claim, PaymentEvidence } from './payment-evidence.ts';
import type { SetAsideReason } from './set-aside.ts';

/** What the preimages that the caller's own wallet has prove: that the invoices which were named here are paid. */
export function knownPayments(preimages: ReadonlyMap<string, string>, job: AnsweredJob): Claim[] {
  return [...preimages].flatMap(([bolt11, preimage]) => {
    const asked = [...job.answers.values()].find((answer) => answer.bolt11 === bolt11);
    const invoice = asked === undefined ? null : job.invoices.read(bolt11);
    if (asked === undefined || invoice === null || !isPreimageOf(preimage, invoice.paymentHash)) return [];
    const evidence: PaymentEvidence = {
      type: 'preimage',
      eventId: null,
      payerPubkey: null,
      paidId: asked.id,
      amountMsat: invoice.amountMsat,
      strength: 'known',
      forgers: [],
      at: null,
    };
    return [{ providerPubkey: asked.providerPubkey, paymentKey: bolt11, bolt11, evidence }];
  });
}

/**
 * What a zap receipt claims: to the offer or the result as NIP-90 says, or to the request as its first draft did.
 * Fails with the reason to set it aside.
 */
export function readZapClaim(event: NostrEvent, job: AnsweredJob): Outcome<Claim, SetAsideReason> {
  const parsed = parseZapReceipt(event);
  if (!parsed.ok) return failure('malformed', parsed.failure.message);
  const receipt = parsed.value;
  const { recipientPubkey, eventId: paidId, bolt11 } = receipt;
  const stray = straying(job, recipientPubkey, paidId);
  if (stray !== null || paidId === null)
    return failure(stray ?? 'target-unseen', 'It pays for nothing here.');
  const told = { type: 'zap-receipt', eventId: event.id, paidId, at: event.created_at } as const;
  const evidence = { ...told, ...zapProof(receipt, job) };
  return success({ providerPubkey: recipientPubkey, paymentKey: bolt11, bolt11, evidence });
}

function zapProof(
  receipt: ZapReceipt,
  job: AnsweredJob,
): Pick<PaymentEvidence, 'payerPubkey' | 'amountMsat' | 'strength' | 'forgers'> {
  const verified = job.zaps.get(receipt.event.id);
  if (verified !== undefined)
    return {
      payerPubkey: verified.zapRequest.senderPubkey,
      amountMsat: verified.amountMsat,
      strength: 'vouched',
      forgers: ['provider-wallet'],
    };
  const payerPubkey = receipt.senderPubkey;
  const amountMsat = shownAmount(receipt, job);
  return amountMsat === null
    ? { payerPubkey, amountMsat, strength: 'claimed', forgers: ['anybody'] }
    : { payerPubkey, amountMsat, strength: 'shown', forgers: ['provider', 'routing-node'] };
}

/** The amount of the provider's own invoice, where the receipt shows its preimage. */
function shownAmount({ recipientPubkey, bolt11, preimage }: ZapReceipt, job: AnsweredJob): Msat | null {
  const isAsked = (answer: Answer) => answer.bolt11 === bolt11;
  if (preimage === null || job.answersOf.get(recipientPubkey)?.some(isAsked) !== true) return null;
  const invoice = job.invoices.read(bolt11);
  return invoice !== null && isPreimageOf(preimage, invoice.paymentHash) ? invoice.amountMsat : null;
}

/**
 * What a nutzap claims. That its ecash is good only its mint can say; that the provider has redeemed it is the
 * provider's word. Fails with the reason to set it aside.
 */
export function readNutzapClaim(
  event: NostrEvent,
  job: AnsweredJob,
  redeemedBy: ReadonlySet<string> | undefined,
): Outcome<Claim, SetAsideReason> {
  const parsed = parseNutzap(event);
  if (!parsed.ok) return failure('malformed', parsed.failure.message);
  const { senderPubkey, recipientPubkey: providerPubkey, eventId: paidId } = parsed.value;
  const stray = straying(job, providerPubkey, paidId);
  if (stray !== null || paidId === null)
    return failure(stray ?? 'target-unseen', 'It pays for nothing here.');
  const common = {
    type: 'nutzap',
    eventId: event.id,
    payerPubkey: senderPubkey,
    paidId,
    amountMsat: ecashSum(parsed.value),
    at: event.created_at,
  } as const;
  const evidence: PaymentEvidence =
    redeemedBy?.has(providerPubkey) === true
      ? { ...common, strength: 'vouched', forgers: ['payer-and-provider'] }
      : { ...common, strength: 'claimed', forgers: ['payer'] };
  return success({ providerPubkey, paymentKey: event.id, bolt11: null, evidence });
}

function ecashSum({ unit, proofs }: Nutzap): Msat | null {
  if (unit !== 'sat' && unit !== 'msat') return null;
  const total = proofs.reduce((sum, { amount }) => sum + amount, 0n) * (unit === 'sat' ? 1000n : 1n);
  return total > MAX_MSAT ? null : msat(total);
}

/** Why a payment to this key for that event is none for this job's work; `null` when it is one. */
function straying(job: AnsweredJob, recipientPubkey: string, paidId: string | null): SetAsideReason | null {
  if (paidId === job.requestId) return job.answersOf.has(recipientPubkey) ? null : 'wrong-payee';
  const paid = paidId === null ? undefined : job.answers.get(paidId);
  if (paid === undefined) return 'target-unseen';
  return paid.providerPubkey === recipientPubkey ? null : 'wrong-payee';
}
