import type { RunComparison, RunState } from '../../engine/contract.ts';
import type { LeftOffer } from '../../../src/customer/index.ts';
import { isRecord, parseMsat, type Msat } from '../../../src/protocol/index.ts';

/** Why an offer cannot be taken, or is never taken unasked. */
export type UntakenCode = RunComparison['refused'][number]['code'] | LeftOffer['code'];

/** An offer that cannot be taken, or is never taken unasked. */
export interface UntakenOffer {
  readonly key: string;
  readonly providerPubkey: string;
  /** `null` where it is not known. */
  readonly amountMsat: Msat | null;
  readonly code: UntakenCode;
  /** A mint where it could be paid in ecash. Untrusted. */
  readonly mintUrl: string | null;
}

/** A provider that said no, in its own words. Untrusted. */
export interface Declined {
  readonly providerPubkey: string;
  readonly code: string;
  readonly detail: string;
}

const CODES: Readonly<Record<UntakenCode, true>> = {
  'not-supported': true,
  'zap-refused': true,
  'no-common-mint': true,
  'ecash-too-little': true,
  'amount-unknown': true,
  'above-max': true,
  'invoice-missing': true,
  'invoice-unacceptable': true,
  'promise-broken': true,
  'plan-broken': true,
  'not-shown': true,
  'reveal-mismatch': true,
  unreadable: true,
  'quote-expired': true,
  'too-slow': true,
  withdrawn: true,
  tried: true,
  spent: true,
  'wallet-unknown': true,
  'same-provider': true,
  distrusted: true,
  blocked: true,
};

/** What cannot be taken of the offers that are there now, and what the rules leave aside unless a person takes it. */
export function untakenNow({ refused, left, offers }: RunComparison): readonly UntakenOffer[] {
  return [
    ...refused.map(({ offer: { id, providerPubkey, amountMsat, ecash }, code }) => {
      return { key: id, providerPubkey, amountMsat, code, mintUrl: ecash.mints[0] ?? null };
    }),
    ...left.map(({ offerId, providerPubkey, code }) => {
      const amountMsat = offers.find(({ id }) => id === offerId)?.amountMsat ?? null;
      return { key: offerId, providerPubkey, amountMsat, code, mintUrl: null };
    }),
  ];
}

/** Why a run ended without an offer, as the books keep it of all requests of its wish. */
export function whyNoOffer({ purchase, together }: Pick<RunState, 'purchase' | 'together'>): {
  readonly untaken: readonly UntakenOffer[];
  readonly declined: readonly Declined[];
} {
  const failures = together.length === 0 ? [purchase.failure] : together.map(({ failure }) => failure);
  const all = (name: string) =>
    failures.flatMap((failure) => recordsIn(failure?.code === 'no-offer' ? failure.data?.[name] : null));
  return {
    untaken: [...all('refused'), ...all('left')].flatMap((told, index) => untakenIn(told, `${index}`)),
    declined: all('providerErrors').map(({ providerPubkey, code, detail }) => ({
      providerPubkey: wordsIn(providerPubkey),
      code: wordsIn(code),
      detail: wordsIn(detail),
    })),
  };
}

function untakenIn(
  { providerPubkey, code, amountMsat, mintUrl }: Readonly<Record<string, unknown>>,
  key: string,
): readonly UntakenOffer[] {
  if (!isCode(code)) return [];
  return [
    {
      key,
      providerPubkey: wordsIn(providerPubkey),
      amountMsat: parseMsat(wordsIn(amountMsat)),
      code,
      mintUrl: typeof mintUrl === 'string' ? mintUrl : null,
    },
  ];
}

function isCode(code: unknown): code is UntakenCode {
  return typeof code === 'string' && Object.hasOwn(CODES, code);
}

function recordsIn(told: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(told) ? told.filter(isRecord) : [];
}

function wordsIn(told: unknown): string {
  return typeof told === 'string' ? told : '';
}
