import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import type { Ledger } from '../src/ledger/index.ts';
import { satsToMsat, type NostrEvent } from '../src/protocol/index.ts';
import { newSigner, signRequest } from './signed-jobs.ts';

/** The price of what waits for its payment. */
export const QUOTED_MSAT = satsToMsat(7);

/** What the provider sells: work that stands in a queue, offers that nobody has paid, and what is asked for meanwhile. */
export const OPEN_JOB_SERVICES = {
  queued: { id: 'queued', kind: 5060 },
  quoted: { id: 'quoted', kind: 5061, priceSats: 7, exchanges: ['hold'] },
  fresh: { id: 'fresh', kind: 5062, concurrency: 64 },
} as const;

/** Sales of each customer that stand open. */
const SALES_PER_CUSTOMER = 10;
/** Sales booked in one commit. */
const AT_ONCE = 500;
/** Longer than any measurement takes. */
const OPEN_FOR_SECONDS = 7200;
/** As long as invoices usually are. */
const BOLT11 = `lnbcrt70n1${'p5q8r2sk'.repeat(36)}`;

/**
 * Books that many open sales through the ledger's own door, half of them offers that wait for their payment and half
 * free work in the queue. Resolves to the payment hash of the newest offer.
 */
export async function bookOpenSales(
  ledger: Ledger,
  told: { readonly count: number; readonly providerPubkey: string; readonly relayUrl: string },
): Promise<string> {
  const { count, providerPubkey, relayUrl } = told;
  const wish = { customer: newSigner(), target: providerPubkey, relayUrl };
  const templates = {
    queued: await signRequest({ ...wish, kind: OPEN_JOB_SERVICES.queued.kind }),
    quoted: await signRequest({ ...wish, kind: OPEN_JOB_SERVICES.quoted.kind }),
  };
  let newestHash = '';
  const bookOne = async (index: number) => {
    const isQuoted = index % 2 === 0;
    const { id, kind } = isQuoted ? OPEN_JOB_SERVICES.quoted : OPEN_JOB_SERVICES.queued;
    const deadlineAt = Math.floor(Date.now() / 1000) + OPEN_FOR_SECONDS;
    const quote = isQuoted ? quoteOf(index, deadlineAt) : null;
    if (quote !== null && index >= count - 2) newestHash = quote.paymentHash;
    await ledger.sales.open({
      providerPubkey,
      serviceId: id,
      request: bookedAs(templates[isQuoted ? 'quoted' : 'queued'], index, kind),
      answer: {
        work: 'accepted',
        ...(quote === null ? { exchange: 'free', deadlineAt } : { exchange: 'hold', money: 'quoted', quote }),
      },
    });
  };
  for (let booked = 0; booked < count; booked += AT_ONCE)
    await Promise.all(
      Array.from({ length: Math.min(AT_ONCE, count - booked) }, (_, n) => bookOne(booked + n)),
    );
  return newestHash;
}

/** A request of its own: ledgers keep what was verified, and verify nothing themselves. */
function bookedAs(template: NostrEvent, index: number, kind: number): NostrEvent {
  const customer = Math.floor(index / SALES_PER_CUSTOMER);
  return {
    ...template,
    kind,
    id: bytesToHex(sha256(new TextEncoder().encode(`request ${index}`))),
    pubkey: bytesToHex(sha256(new TextEncoder().encode(`customer ${customer}`))),
  };
}

function quoteOf(index: number, validUntil: number) {
  const preimage = bytesToHex(sha256(new TextEncoder().encode(`preimage ${index}`)));
  return {
    amountMsat: QUOTED_MSAT,
    validUntil,
    usualSeconds: 5,
    worstSeconds: 50,
    preimage,
    paymentHash: bytesToHex(sha256(hexToBytes(preimage))),
    bolt11: BOLT11,
  };
}
