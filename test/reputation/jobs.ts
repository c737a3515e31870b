import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import {
  buildFeedback,
  buildJobRequest,
  buildResult,
  buildReview,
  satsToMsat,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { sampleInvoice } from '../fixtures/signed-invoice.ts';
import { authored, CUSTOMER, PROVIDER } from '../protocol/events.ts';

/** The time at which the records of these tests are computed, unix seconds. */
export const NOW = 1_800_000_000;
export const DAY = 86_400;

/** A key that is the same for the same name. */
export function keyOf(name: string): string {
  return bytesToHex(sha256(utf8ToBytes(name)));
}

/** An invoice over so many sats and what its payment shows, the same for the same name. */
export function invoiceOf(
  name: string,
  sats: number,
): { readonly bolt11: string; readonly preimage: string } {
  const preimage = keyOf(`preimage of ${name}`);
  const paymentHash = bytesToHex(sha256(hexToBytes(preimage)));
  return { bolt11: sampleInvoice({ prefix: `lnbcrt${sats * 10}n`, paymentHash }), preimage };
}

/** What one job was like. */
export interface ToldJob {
  /** Tells jobs of one customer from each other. */
  readonly name: string;
  readonly customer?: string;
  readonly provider?: string;
  /** When it was asked for; a day ago unless told. */
  readonly at?: number;
  readonly sats?: number;
  /** Of the review; none is written without it. */
  readonly rating?: number;
  /** What the review shows; the payment for the offer unless told. */
  readonly shows?: { readonly bolt11: string; readonly preimage: string } | null;
  readonly content?: string;
  /** How long the provider took, as it says. */
  readonly seconds?: number;
}

/** Request, offer, result and review of a job that went as told; every part can be left out by whoever takes it apart. */
export function job(told: ToldJob) {
  const { name, customer = CUSTOMER, provider = PROVIDER, at = NOW - DAY, sats = 21, seconds = 5 } = told;
  const request = authored(
    customer,
    buildJobRequest({
      kind: 5050,
      inputs: [{ data: name, type: 'text', relay: null, marker: null }],
      params: new Map(),
      outputs: [],
      relays: [],
      createdAt: at,
    }),
  );
  const invoice = invoiceOf(`${name} ${customer} ${provider}`, sats);
  const offer = authored(
    provider,
    buildFeedback({
      request,
      status: 'payment-required',
      amountMsat: satsToMsat(sats),
      bolt11: invoice.bolt11,
      createdAt: at + 1,
    }),
  );
  const content = told.content ?? `done: ${name} by ${provider}`;
  const result = authored(provider, buildResult({ request, content, createdAt: at + seconds }));
  const shows = told.shows === undefined ? invoice : told.shows;
  const reviewOf = (reviewed: NostrEvent, by = customer, rating = told.rating ?? 1) =>
    authored(
      by,
      buildReview({
        reviewed,
        rating,
        createdAt: at + seconds + 60,
        ...(shows === null ? {} : { payment: shows }),
      }),
    );
  const review = reviewOf(result);
  const events = [request, offer, result, ...(told.rating === undefined ? [] : [review])];
  return { request, offer, invoice, result, review, reviewOf, events };
}
