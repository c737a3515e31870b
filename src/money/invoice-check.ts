import { failure, parseInvoice, success } from '../protocol/index.ts';
import type { Invoice, LightningNetwork, Msat, Outcome } from '../protocol/index.ts';

/** What the payer agreed to, against which the payee's invoice is held. */
export interface ExpectedInvoice {
  readonly amountMsat: Msat;
  /** The network of the wallet that would pay. */
  readonly network: LightningNetwork;
  /** Unix seconds. */
  readonly now: number;
  /** SHA-256 (hex) of the description that was agreed elsewhere, as LNURL and zaps do. */
  readonly descriptionHash?: string;
  /** The hash (hex) the invoice must be for, as `reveal` results state it. */
  readonly paymentHash?: string;
  /** How long the invoice must stay payable, so that it does not expire under way; 0 unless told. */
  readonly minValidSeconds?: number;
}

/** Why an invoice must not be paid. */
export type InvoiceCheckCode =
  | 'invalid-invoice'
  | 'wrong-network'
  | 'amountless'
  | 'wrong-amount'
  | 'invoice-expired'
  | 'wrong-description'
  | 'wrong-hash';

/**
 * Checks an invoice against what was agreed, before any money is reserved or sent: signature, network, exact
 * amount, time left, and description or payment hash where they are known. Whether the hash was paid before
 * is for the ledger to say.
 */
export function checkInvoice(check: {
  readonly bolt11: string;
  readonly expected: ExpectedInvoice;
}): Outcome<Invoice, InvoiceCheckCode> {
  const { expected } = check;
  const parsed = parseInvoice(check.bolt11);
  if (!parsed.ok)
    return failure('invalid-invoice', parsed.failure.message, {
      ...parsed.failure.data,
      reason: parsed.failure.code,
    });
  const invoice = parsed.value;
  if (invoice.network !== expected.network)
    return failure(
      'wrong-network',
      `This wallet pays on ${expected.network}, the invoice is for ${invoice.network}.`,
      {
        expected: expected.network,
        actual: invoice.network,
      },
    );
  if (invoice.amountMsat === null)
    return failure('amountless', 'The invoice leaves the amount open: ask for one with the agreed amount.');
  if (invoice.amountMsat !== expected.amountMsat)
    return failure('wrong-amount', 'The invoice asks for another amount than agreed: do not pay it.', {
      expectedMsat: expected.amountMsat.toString(),
      actualMsat: invoice.amountMsat.toString(),
    });
  if (invoice.expiresAt <= expected.now + (expected.minValidSeconds ?? 0))
    return failure('invoice-expired', 'The invoice expires too soon to be paid: ask for a new one.', {
      expiresAt: invoice.expiresAt,
    });
  if (expected.descriptionHash !== undefined && invoice.descriptionHash !== expected.descriptionHash)
    return failure('wrong-description', 'The invoice is for another description than agreed: do not pay it.');
  if (expected.paymentHash !== undefined && invoice.paymentHash !== expected.paymentHash)
    return failure('wrong-hash', 'The invoice is for another payment hash than agreed: do not pay it.', {
      expected: expected.paymentHash,
      actual: invoice.paymentHash,
    });
  return success(invoice);
}
