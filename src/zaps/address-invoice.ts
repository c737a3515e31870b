import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { failure, success, type Msat, type Outcome } from '../protocol/index.ts';
import { parsePayAddress } from './pay-address.ts';
import {
  requestPlainInvoice,
  resolvePayEndpoint,
  type PayClient,
  type PayEndpointFailureCode,
} from './pay-endpoint.ts';

/** An invoice that an address made, and the hash of what it said about itself, to hold the invoice against. */
export interface AddressInvoice {
  readonly bolt11: string;
  readonly descriptionHash: string;
}

/** Why an address makes no invoice. `amount-out-of-range`: `data` has what it takes. */
export type AddressInvoiceFailureCode =
  'malformed-pay-address' | 'amount-out-of-range' | PayEndpointFailureCode;

/**
 * Has a lightning address (LUD-16) or LNURL (LUD-06) make an invoice over that amount. Nothing of it is checked
 * yet: amount, network and description hash are to be compared before it is paid.
 */
export async function requestAddressInvoice(
  client: PayClient,
  wanted: { readonly payTo: string; readonly amountMsat: Msat; readonly comment: string },
  signal: AbortSignal,
): Promise<Outcome<AddressInvoice, AddressInvoiceFailureCode>> {
  const address = parsePayAddress(wanted.payTo);
  if (!address.ok) return address;
  const endpoint = await resolvePayEndpoint(client, address.value, signal);
  if (!endpoint.ok) return endpoint;
  const { minMsat, maxMsat, metadata } = endpoint.value;
  if (wanted.amountMsat < minMsat || wanted.amountMsat > maxMsat)
    return failure('amount-out-of-range', 'The server of this address does not take this amount.', {
      minMsat: minMsat.toString(),
      maxMsat: maxMsat.toString(),
    });
  const bolt11 = await requestPlainInvoice(client, endpoint.value, wanted, signal);
  if (!bolt11.ok) return bolt11;
  return success({ bolt11: bolt11.value, descriptionHash: bytesToHex(sha256(utf8ToBytes(metadata))) });
}
