import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes, randomBytes } from '@noble/hashes/utils.js';
import { checkInvoice, lookupDirection, type PaymentRecord, type WalletOutcome } from '../money/index.ts';
import { failure, success, type Msat, type Outcome } from '../protocol/index.ts';
import type { GatewayContext } from './context.ts';
import type { GatewayJob, Quote } from './job.ts';

/** An invoice for a client, and the preimage that only we know where it locks the money. */
export interface ClientInvoice {
  readonly invoice: NonNullable<Quote['invoice']>;
  readonly holdPreimage: string | null;
}

/**
 * Has the wallet make the invoice of a quote, and checks that it is what was asked for: of the right network above
 * all. Fails with `wallet-unavailable`.
 */
export async function makeClientInvoice(
  { wallet, network, now, signal }: GatewayContext,
  wanted: {
    readonly payment: 'prepaid' | 'hold';
    readonly amountMsat: Msat;
    readonly description: string;
    readonly expirySeconds: number;
  },
): Promise<Outcome<ClientInvoice, 'wallet-unavailable'>> {
  const { payment, ...terms } = wanted;
  const holdPreimage = payment === 'hold' ? bytesToHex(randomBytes(32)) : null;
  const made =
    holdPreimage === null
      ? await wallet.makeInvoice(terms, { signal })
      : await wallet.makeHoldInvoice({ ...terms, paymentHash: hashOf(holdPreimage) }, { signal });
  const checked = checkInvoice({
    bolt11: (made.ok && made.value.bolt11) || '',
    expected: {
      amountMsat: terms.amountMsat,
      network,
      now: now(),
      ...(holdPreimage === null ? {} : { paymentHash: hashOf(holdPreimage) }),
    },
  });
  if (!checked.ok)
    return failure('wallet-unavailable', 'The gateway cannot take payments now: try again later.');
  const { bolt11, paymentHash } = checked.value;
  return success({ invoice: { bolt11, paymentHash }, holdPreimage });
}

/**
 * Whether the own wallet says that the client's money is here: settled, or locked for a hold invoice, and no less
 * than the price. Nothing else counts, not even a preimage. `null` when the wallet cannot say.
 */
export async function isPaid(context: GatewayContext, job: GatewayJob): Promise<boolean | null> {
  const record = await lookUp(context, job);
  if (!record.ok) return null;
  if (record.value === null) return false;
  const wanted = job.payment === 'hold' ? 'accepted' : 'settled';
  return record.value.state === wanted && record.value.amountMsat >= job.quote.priceMsat;
}

/**
 * What became of the payment of a quote that lapsed a while ago: `unpaid` where no money can come any more, `unclear`
 * where some is there that is not the price, `unknown` where the wallet cannot say.
 */
export async function findUnpaid(
  context: GatewayContext,
  job: GatewayJob,
): Promise<'paid' | 'unpaid' | 'unclear' | 'unknown'> {
  const paid = await isPaid(context, job);
  if (paid === true) return 'paid';
  const record = await lookUp(context, job);
  if (paid === null || !record.ok) return 'unknown';
  const isHere = record.value?.state === 'settled' || record.value?.state === 'accepted';
  return isHere ? 'unclear' : 'unpaid';
}

/** Takes the locked money. `taken`, `gone` when it went back to the client before, `null` when the wallet cannot say. */
export async function takeHeld(context: GatewayContext, job: GatewayJob): Promise<'taken' | 'gone' | null> {
  if (job.holdPreimage === null) throw new Error('Only held money is taken.');
  const settled = await context.wallet.settleHold({ preimage: job.holdPreimage }, { signal: context.signal });
  if (settled.ok) return 'taken';
  const record = await lookUp(context, job);
  if (!record.ok || record.value === null) return null;
  if (record.value.state === 'settled') return 'taken';
  return GONE.has(record.value.state) ? 'gone' : null;
}

/** Gives the locked money back. `false` when the wallet did not do so yet. */
export async function releaseHeld({ wallet, signal }: GatewayContext, job: GatewayJob): Promise<boolean> {
  const paymentHash = job.quote.invoice?.paymentHash ?? '';
  return (await wallet.cancelHold({ paymentHash }, { signal })).ok;
}

const GONE: ReadonlySet<PaymentRecord['state']> = new Set(['canceled', 'expired', 'failed']);

function lookUp(
  { wallet, signal }: GatewayContext,
  { quote }: GatewayJob,
): Promise<WalletOutcome<PaymentRecord | null>> {
  const paymentHash = quote.invoice?.paymentHash ?? '';
  return lookupDirection(wallet, { paymentHash, direction: 'incoming' }, { signal });
}

function hashOf(preimage: string): string {
  return bytesToHex(sha256(hexToBytes(preimage)));
}
