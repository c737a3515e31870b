import {
  checkInvoice,
  feeLimitOf,
  isPayableUrl,
  payReserved,
  resumeReserved,
  type InvoiceCheckCode,
  type PaidProof,
  type PaymentFailureCode,
  type Reservation,
  type ReservedPayment,
  type SpendingRefusal,
} from '../money/index.ts';
import { failure, formatSats, parseInvoice, success, ZERO_MSAT, type Outcome } from '../protocol/index.ts';
import type { L402Challenge } from './challenge.ts';
import type { L402Client, L402Payment } from './client.ts';
import type { L402Credential } from './credential-store.ts';
import { paymentHashOfToken } from './identifier.ts';

/**
 * Why nothing was obtained. `insecure-url`: money is not agreed over plain http. `price-too-high`: more than one
 * answer may cost. The others come from the checks of the invoice, from the limits, and from the wallet.
 */
export type ObtainFailureCode =
  | 'insecure-url'
  | 'price-too-high'
  | 'credential-store-full'
  | InvoiceCheckCode
  | SpendingRefusal
  | PaymentFailureCode;

/** What a server's demand for money has to be judged by. */
export interface Demand {
  readonly scope: string;
  /** Who asks. */
  readonly url: URL;
  /** Ways to pay, the best first; at least one. */
  readonly challenges: readonly L402Challenge[];
  /** The credential that was refused just now. */
  readonly tried: L402Credential | null;
  /** A credential that another call has paid meanwhile will do. */
  readonly mayShare: boolean;
  readonly signal: AbortSignal;
}

/** A credential, and what it cost this call: nothing when it was there. */
export interface Obtained {
  readonly credential: L402Credential;
  readonly payment: L402Payment | null;
}

/** Gets a credential for a scope: one of another call, one whose payment was left open, or a new one. */
export function obtainCredential(
  client: L402Client,
  demand: Demand,
): Promise<Outcome<Obtained, ObtainFailureCode>> {
  return client.turns.take(demand.scope, demand.signal, async () => {
    const kept = await client.credentials.get(demand.scope);
    if (kept !== null && kept.preimage === null) {
      const resumed = await resume(client, kept, demand);
      if (resumed.ok || resumed.failure.code !== 'payment-failed') return resumed;
    } else if (demand.mayShare && kept !== null && kept.paymentHash !== demand.tried?.paymentHash) {
      return success({ credential: kept, payment: null });
    }
    return buy(client, demand);
  });
}

/**
 * Takes up the payment that an earlier call, perhaps of an earlier process, left open. Limits that have forgotten
 * it are asked anew, since the wallet may be; those that have booked it as spent need not hear of it again.
 */
async function resume(
  client: L402Client,
  kept: L402Credential,
  { url, signal }: Demand,
): Promise<Outcome<Obtained, ObtainFailureCode>> {
  const open = await client.spend.unfinished(kept.paymentHash);
  const reserved = open === null ? await reserve(client, kept, url) : success(open);
  if (!reserved.ok && reserved.failure.code !== 'already-paid') return reserved;
  const reservation = reserved.ok ? reserved.value : BOOKED;
  const paid = await resumeReserved(paymentFor(client, kept, reservation, signal));
  return keepPaid(client, kept, paid);
}

/** A payment that the limits have closed already. */
const BOOKED: Reservation = {
  inFlight: () => Promise.resolve(),
  spent: () => Promise.resolve(),
  released: () => Promise.resolve(),
};

/** Pays a challenge: checked, reserved and written down before the wallet is asked. */
async function buy(client: L402Client, demand: Demand): Promise<Outcome<Obtained, ObtainFailureCode>> {
  const { url, signal } = demand;
  if (!isPayableUrl(url, client.network))
    return failure('insecure-url', 'The server asks for money without https: it is not paid.');
  const payable = choosePayable(client, demand);
  if (!payable.ok) return payable;

  const credential = payable.value;
  const reserved = await reserve(client, credential, url);
  if (!reserved.ok) return reserved;
  const written = await client.credentials.put(credential);
  if (!written.ok) {
    await reserved.value.released();
    return written;
  }
  return keepPaid(
    client,
    credential,
    await payReserved(paymentFor(client, credential, reserved.value, signal)),
  );
}

function reserve(client: L402Client, credential: L402Credential, { origin: counterparty }: URL) {
  const { scope, paymentHash, amountMsat, feeLimitMsat, bolt11 } = credential;
  const purpose = `access to ${scope}`;
  return client.spend.reserve({ amountMsat, feeLimitMsat, paymentHash, bolt11, counterparty, purpose });
}

/** The first challenge that may be paid, as a credential that waits for its preimage; else why the first may not. */
function choosePayable(
  client: L402Client,
  { challenges, scope }: Demand,
): Outcome<L402Credential, ObtainFailureCode> {
  const [first, ...others] = challenges.map((challenge) => judge(client, challenge, scope));
  if (first === undefined) throw new RangeError('A demand comes with at least one challenge.');
  return [first, ...others].find(({ ok }) => ok) ?? first;
}

function judge(
  client: L402Client,
  challenge: L402Challenge,
  scope: string,
): Outcome<L402Credential, ObtainFailureCode> {
  const asked = parseInvoice(challenge.bolt11);
  const amountMsat = (asked.ok ? asked.value.amountMsat : null) ?? ZERO_MSAT;
  const committedHash = paymentHashOfToken(challenge.token);
  const checked = checkInvoice({
    bolt11: challenge.bolt11,
    expected: {
      amountMsat,
      network: client.network,
      now: client.now(),
      ...(committedHash === null ? {} : { paymentHash: committedHash }),
    },
  });
  if (!checked.ok) return checked;
  if (amountMsat > client.maxAmountMsat)
    return failure('price-too-high', `The server asks for ${formatSats(amountMsat)}: that is too much.`, {
      amountMsat: amountMsat.toString(),
      maxAmountMsat: client.maxAmountMsat.toString(),
    });
  const { paymentHash, expiresAt, bolt11 } = checked.value;
  return success({
    ...challenge,
    scope,
    bolt11,
    paymentHash,
    amountMsat,
    feeLimitMsat: feeLimitOf(amountMsat),
    expiresAt,
    preimage: null,
    accepted: false,
  });
}

function paymentFor(
  { wallet, now, payTimeoutMs }: L402Client,
  { bolt11, paymentHash, feeLimitMsat, expiresAt }: L402Credential,
  reservation: Reservation,
  signal: AbortSignal,
): ReservedPayment {
  return { wallet, reservation, bolt11, paymentHash, feeLimitMsat, expiresAt, payTimeoutMs, now, signal };
}

/** Writes down how the payment of a credential ended. One of unknown fate stays as it is, to be taken up again. */
async function keepPaid(
  client: L402Client,
  credential: L402Credential,
  paid: Outcome<PaidProof, PaymentFailureCode>,
): Promise<Outcome<Obtained, ObtainFailureCode>> {
  const { scope, paymentHash, amountMsat } = credential;
  if (!paid.ok) {
    if (paid.failure.code === 'payment-failed') await client.credentials.delete(scope, paymentHash);
    return paid;
  }
  const { preimage, feePaidMsat } = paid.value;
  const ready = { ...credential, preimage };
  await client.credentials.put(ready); // it has its place already
  return success({ credential: ready, payment: { paymentHash, amountMsat, feePaidMsat } });
}
