import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import type { Sale, SaleQuote, SaleReceipt } from '../../ledger/index.ts';
import { lookupDirection, type PaymentRecord, type Wallet, type WalletOutcome } from '../../money/index.ts';
import type { ExchangeMode, Failure } from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';

/** What binds an invoice to a sale: its hash, and the preimage where we chose it. */
export type Invoice = Pick<SaleQuote, 'paymentHash' | 'preimage' | 'bolt11'>;

/** The sale has no invoice, or none yet. */
export const NO_INVOICE: Invoice = { paymentHash: null, preimage: null, bolt11: null };

/** Modes that are paid by a hold invoice: we choose the preimage and decide when the money is taken. */
export function isPaidByHold(exchange: ExchangeMode): boolean {
  return exchange === 'hold' || exchange === 'reveal';
}

/** Modes in which the money locks, or is drawn from a balance, first: what is not delivered is never taken. */
export function isPaidByLock(exchange: ExchangeMode): boolean {
  return isPaidByHold(exchange) || exchange === 'ecash-htlc' || exchange === 'balance';
}

/**
 * Has the wallet make the invoice of a sale, which may not be booked yet (then it is `null`); gives `null`, with the
 * trouble told, when it does not. Should we die before
 * it is committed, nobody has seen it and the next life makes another.
 */
export async function makeInvoice(
  context: ProviderContext,
  sale: Sale | null,
  terms: { readonly requestId: string; readonly exchange: ExchangeMode } & Pick<
    SaleQuote,
    'amountMsat' | 'validUntil'
  >,
): Promise<Invoice | null> {
  if (!context.wallet) return null;
  const wanted = {
    amountMsat: terms.amountMsat,
    description: `coinop job ${terms.requestId.slice(0, 16)}`,
    expirySeconds: Math.max(1, terms.validUntil - context.now()),
  };
  const secret = isPaidByHold(terms.exchange) ? newPreimage() : null;
  const made =
    secret === null
      ? await context.wallet.makeInvoice(wanted, { signal: context.signal })
      : await context.wallet.makeHoldInvoice(
          { ...wanted, paymentHash: secret.paymentHash },
          { signal: context.signal },
        );
  context.checkpoint('provider:invoice-made');
  if (made.ok && made.value.bolt11 !== null)
    return {
      bolt11: made.value.bolt11,
      paymentHash: made.value.paymentHash,
      preimage: secret?.preimage ?? null,
    };
  const trouble: Failure = made.ok
    ? { code: 'wallet-internal', message: 'The wallet made an invoice but did not show it.' }
    : made.failure;
  context.onTrouble(trouble, sale);
  return null;
}

/** What became of a payment to us; of a customer that shares our wallet the wallet has a record of its own. */
export function lookupIncoming(
  wallet: Wallet,
  paymentHash: string,
  signal: AbortSignal,
): Promise<WalletOutcome<PaymentRecord | null>> {
  return lookupDirection(wallet, { paymentHash, direction: 'incoming' }, { signal });
}

/** A preimage that nobody else knows, and its hash. */
export function newPreimage(): { paymentHash: string; preimage: string } {
  const preimage = randomBytes(32);
  return { preimage: bytesToHex(preimage), paymentHash: bytesToHex(sha256(preimage)) };
}

/**
 * What the payment of a sale's invoice brought, for the books: as the wallet shows it, or what was quoted where
 * the wallet only says that a hold was taken.
 */
export function invoiceReceipts(sale: Sale, payment: PaymentRecord | null, now: number): SaleReceipt[] {
  const { quote } = sale;
  if (quote === null || quote.paymentHash === null) return [];
  return [
    {
      paymentHash: quote.paymentHash,
      via: 'invoice',
      amountMsat: payment?.amountMsat ?? quote.amountMsat,
      receivedAt: payment?.settledAt ?? now,
    },
  ];
}
