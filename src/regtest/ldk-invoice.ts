import * as ldk from 'lightningdevkit';
import { failure, success, type Outcome } from '../protocol/index.ts';
import type { InvoiceWish } from './calls.ts';
import { unwrap } from './ldk.ts';
import type { LightningNode } from './node.ts';

/** What LDK is to sign. */
export interface InvoiceTerms {
  readonly amountMsat: bigint;
  readonly description: InvoiceWish['description'];
  /** Counted from the last block's time, which is LDK's present. */
  readonly expirySeconds: number;
  /** For a preimage that only the caller knows; without it LDK chooses one. */
  readonly paymentHash: string | null;
  /** Blocks the last hop must leave; `null` for LDK's own, which is short. */
  readonly minFinalCltvExpiry: number | null;
}

/** Signs an invoice with the node's key and route hints. Fails with `unsignable` when BOLT 11 cannot express the terms. */
export function signInvoice(node: LightningNode, terms: InvoiceTerms): Outcome<string, 'unsignable'> {
  const description = describe(terms.description);
  if (description === null) return unsignable('Shorten the description to at most 639 bytes.');
  const signed = node.channels.create_bolt11_invoice(
    ldk.Option_u64Z.constructor_some(terms.amountMsat),
    description,
    ldk.Option_u32Z.constructor_some(terms.expirySeconds),
    terms.minFinalCltvExpiry === null
      ? ldk.Option_u16Z.constructor_none()
      : ldk.Option_u16Z.constructor_some(terms.minFinalCltvExpiry),
    terms.paymentHash === null
      ? ldk.Option_ThirtyTwoBytesZ.constructor_none()
      : ldk.Option_ThirtyTwoBytesZ.constructor_some(Buffer.from(terms.paymentHash, 'hex')),
  );
  return signed instanceof ldk.Result_Bolt11InvoiceSignOrCreationErrorZ_OK
    ? success(signed.res.to_str())
    : unsignable('Ask for an amount above zero that exists, and for an expiry that fits.');
}

function unsignable(message: string) {
  return failure('unsignable', message);
}

function describe(description: InvoiceTerms['description']): ldk.Bolt11InvoiceDescription | null {
  if ('sha256' in description)
    return ldk.Bolt11InvoiceDescription.constructor_hash(
      ldk.Sha256.constructor_from_bytes(Buffer.from(description.sha256, 'hex')),
    );
  const text = ldk.Description.constructor_new(description.text);
  return text instanceof ldk.Result_DescriptionCreationErrorZ_OK
    ? ldk.Bolt11InvoiceDescription.constructor_direct(text.res)
    : null;
}

/**
 * Whether invoices of the node tell payers a way to it. Its channel is not announced, so payers need a hint,
 * which exists only after the hub's first channel update arrived; before, they would find no route.
 */
export function hasRouteHints(node: LightningNode): boolean {
  const probe = signInvoice(node, {
    amountMsat: 1n,
    description: { text: '' },
    expirySeconds: 60,
    paymentHash: null,
    minFinalCltvExpiry: null,
  });
  if (!probe.ok) return false;
  const invoice = unwrap(
    ldk.Bolt11Invoice.constructor_from_str(probe.value),
    ldk.Result_Bolt11InvoiceParseOrSemanticErrorZ_OK,
    'read its own invoice',
  );
  return invoice.route_hints().length > 0;
}
