import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import { checkInvoice, invoicesPerMinute, type Wallet } from '../money/index.ts';
import type { LightningNetwork, Msat } from '../protocol/index.ts';
import type { L402Identifier } from './identifier.ts';
import { findRefusal, type TermsRefusal } from './terms.ts';
import { issueToken, readAuthorization, signingKeyOf, verifyToken } from './token.ts';

/** What a request costs. */
export interface L402Price {
  readonly amountMsat: Msat;
  /** What the payer's wallet shows. */
  readonly description: string;
}

/** What a gate needs. Nothing is kept but the root key: a credential proves itself. */
export interface L402GateOptions {
  /** 32 secret bytes; whoever has them can let themselves in. A new one ends all credentials. */
  readonly rootKey: Uint8Array;
  /** Names this service in its credentials: letters, digits, dashes. */
  readonly service: string;
  readonly wallet: Wallet;
  /** The wallet's network. */
  readonly network: LightningNetwork;
  /** `null` for what is free. Called for every request, also those that show a credential. */
  readonly priceOf: (request: Request) => L402Price | null | Promise<L402Price | null>;
  /** How long a credential opens its method and path at least, whenever it is paid; an hour unless told. */
  readonly credentialSeconds?: number;
  /** How long a challenge can be paid; ten minutes unless told. */
  readonly invoiceSeconds?: number;
  /** Invoices made per minute; 600 unless told. Beyond, those who do not pay yet wait. */
  readonly challengesPerMinute?: number;
  /** Unix seconds. */
  readonly now: () => number;
}

/** The payment behind a request that was let in. Requests that show the same one were paid for once. */
export interface L402Admission extends L402Identifier {
  /** What was paid at least. */
  readonly priceMsat: Msat;
}

/** Lets a request in, free or paid, or holds the response that turns it away. */
export type L402Verdict =
  | { readonly admitted: true; readonly payment: L402Admission | null }
  | { readonly admitted: false; readonly response: Response };

/** Stands before an HTTP service and lets in whoever has paid. Knows no framework: `Request` in, `Response` out. */
export interface L402Gate {
  check(request: Request): Promise<L402Verdict>;
}

const DEFAULT_CREDENTIAL_SECONDS = 3_600;
const DEFAULT_INVOICE_SECONDS = 600;
const DEFAULT_CHALLENGES_PER_MINUTE = 600;
/** It must fit into a header, in base64 and with the rest. */
const MAX_PATH_CHARS = 2_048;

/**
 * Makes a gate that sells access by L402 (bLIP-26) with macaroons as Aperture's: their identifier commits to the
 * payment hash, their caveats to service, method, path, time and price. A request that costs more than was paid is
 * asked to pay; without a proof of payment none gets in. A service that does work per payment keys it by
 * `paymentHash`, since a credential may be shown again while it is valid.
 */
export function createL402Gate(options: L402GateOptions): L402Gate {
  const { service, now, wallet, network } = options;
  const { credentialSeconds = DEFAULT_CREDENTIAL_SECONDS, invoiceSeconds = DEFAULT_INVOICE_SECONDS } =
    options;
  if (!/^[a-z0-9-]{1,32}$/.test(service))
    throw new RangeError('The service of an L402 gate has 1 to 32 lower-case letters, digits and dashes.');
  const key = signingKeyOf(options.rootKey, service, network);
  const mayAsk = invoicesPerMinute(options.challengesPerMinute ?? DEFAULT_CHALLENGES_PER_MINUTE, now);

  return {
    async check(request) {
      const price = await options.priceOf(request);
      if (price === null) return { admitted: true, payment: null };
      const path = new URL(request.url).pathname;
      if (path.length > MAX_PATH_CHARS)
        return turnAway(414, 'path-too-long', `A path has at most ${MAX_PATH_CHARS} characters.`);

      const shown = readAuthorization(request.headers.get('authorization') ?? '');
      if (shown === null) return askToPay(request, path, price, null);
      const genuine = verifyToken(key, shown.token, shown.preimage);
      if (genuine === null)
        return turnAway(401, 'credential-invalid', 'This is no credential of this service: ask without it.', {
          'www-authenticate': `L402 realm="${service}"`,
        });
      const { amountMsat: priceMsat } = price;
      const asked = { service, method: request.method, path, priceMsat, now: now() };
      const refusal = findRefusal(genuine.caveats, asked);
      if (refusal !== null) return askToPay(request, path, price, refusal);
      return { admitted: true, payment: { ...genuine.identifier, priceMsat } };
    },
  };

  async function askToPay(
    { method }: Request,
    path: string,
    price: L402Price,
    refusal: TermsRefusal | null,
  ): Promise<L402Verdict> {
    if (!mayAsk())
      return turnAway(503, 'too-many-challenges', 'Too many want to pay: try again in a minute.', {
        'retry-after': '60',
      });
    const invoice = await makeInvoice(price);
    if (invoice === null)
      return turnAway(503, 'wallet-unavailable', 'The service cannot take payments now: try again later.');
    const { paymentHash, bolt11 } = invoice;
    const token = issueToken(
      key,
      { paymentHash, tokenId: bytesToHex(randomBytes(32)) },
      {
        service,
        method,
        path,
        validUntil: now() + invoiceSeconds + credentialSeconds,
        priceMsat: price.amountMsat,
      },
    );
    return turnAway(402, refusal ?? 'payment-required', 'Pay the invoice, then show its preimage.', {
      'www-authenticate': `L402 macaroon="${token}", invoice="${bolt11}"`,
    });
  }

  /** Makes an invoice and checks that it is what our wallet was asked for: of the right network above all. */
  async function makeInvoice({ amountMsat, description }: L402Price) {
    const made = await wallet.makeInvoice({ amountMsat, description, expirySeconds: invoiceSeconds });
    if (!made.ok) return null;
    const { paymentHash, bolt11 } = made.value;
    const expected = { amountMsat, network, now: now(), paymentHash };
    const checked = checkInvoice({ bolt11: bolt11 ?? '', expected });
    return checked.ok ? checked.value : null;
  }
}

function turnAway(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): L402Verdict {
  const response = Response.json(
    { code, message },
    { status, headers: { 'cache-control': 'no-store', ...headers } },
  );
  return { admitted: false, response };
}
