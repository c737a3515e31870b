import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import { BALANCE_PURPOSES, type OutgoingPayment } from '../../ledger/index.ts';
import { checkInvoice, feeLimitOf, payReserved, resumeReserved } from '../../money/index.ts';
import { failure, formatSats, orThrow, parseInvoice, success, type Outcome } from '../../protocol/index.ts';
import type { CustomerContext } from '../run.ts';
import type { Balances, MadeTopUp, TopUpFailureCode } from './contract.ts';
import { hearAnswers, messageFor } from './provider-answers.ts';

/** How long an invoice is waited for, and the word that it was credited. */
const INVOICE_WAIT_MS = 30_000;
const SAID_WAIT_MS = 10_000;
/** Nobody answers a wish to prepay that is older. */
const WORTH_SECONDS = 300;
/** An invoice must stay valid this long, so that it does not run out between the check and the payment. */
const MIN_VALID_SECONDS = 5;

/**
 * Prepays with a provider. Its invoice is held against what was asked and reserved within the caps before the wallet
 * hears of it; a payment of unknown end is followed by the next call, never made twice. What a provider says of the
 * balance is only told, never counted.
 */
export async function topUp(
  context: CustomerContext,
  { providerPubkey, amountMsat, signal: given }: Parameters<Balances['topUp']>[0],
): Promise<Outcome<MadeTopUp, TopUpFailureCode>> {
  const earlier = await finishTopUps(context);
  if (!earlier.ok) return earlier;
  const able = await context.wallet.capabilities({ signal: context.signal });
  if (!able.ok) return able;
  const id = bytesToHex(randomBytes(32));
  const listening = new AbortController();
  const signal = AbortSignal.any([context.signal, listening.signal, ...(given === undefined ? [] : [given])]);
  try {
    const answers = await hearAnswers(context, { providerPubkey, id }, signal);
    const createdAt = context.now();
    const wish = { type: 'top-up', amountMsat, requestId: id, text: '', createdAt } as const;
    const { event, relays } = await messageFor(context, providerPubkey, wish, createdAt + WORTH_SECONDS);
    await context.relays.publish(event, relays, { signal });
    const answer = await answers.next(
      (message) =>
        message.type === 'top-up-invoice' || message.type === 'balance-refused' ? message : undefined,
      INVOICE_WAIT_MS,
    );
    if (answer === null) return failure('provider-silent', 'The provider sent no invoice: ask again later.');
    if (answer.type === 'balance-refused') return refused(answer.reason, answer.text);
    const expected = {
      amountMsat,
      network: able.value.network,
      now: context.now(),
      minValidSeconds: MIN_VALID_SECONDS,
    };
    const invoice = checkInvoice({ bolt11: answer.bolt11, expected });
    if (!invoice.ok) return invoice;
    const paid = await pay(context, { ...invoice.value, amountMsat, providerPubkey });
    if (!paid.ok) return paid;
    const saidMsat = await answers.next(
      (message) => (message.type === 'balance' ? message.amountMsat : undefined),
      SAID_WAIT_MS,
    );
    return success({ ...paid.value, saidMsat });
  } finally {
    listening.abort();
  }
}

/** What a provider answers instead; its words are a stranger's. */
export function refused(reason: string, text: string) {
  const words = text.slice(0, 200).replaceAll(/[\p{C}\s]+/gu, ' ');
  return failure('refused-by-provider', `The provider refuses (${reason}): ${words}`, { reason });
}

async function pay(
  context: CustomerContext,
  invoice: Pick<OutgoingPayment, 'paymentHash' | 'amountMsat'> & {
    readonly bolt11: string;
    readonly expiresAt: number;
    readonly providerPubkey: string;
  },
): Promise<Outcome<Omit<MadeTopUp, 'saidMsat'>, TopUpFailureCode>> {
  const { bolt11, paymentHash, amountMsat, expiresAt, providerPubkey } = invoice;
  const feeLimitMsat = feeLimitOf(amountMsat);
  const limits = context.ledger.spending.limits(context.signer.pubkey, context.caps);
  const reserved = await limits.reserve({
    amountMsat,
    feeLimitMsat,
    counterparty: providerPubkey,
    purpose: BALANCE_PURPOSES.topUp,
    paymentHash,
    bolt11,
  });
  if (!reserved.ok) return reserved;
  const { wallet, now, signal } = context;
  const payment = {
    wallet,
    reservation: reserved.value,
    bolt11,
    paymentHash,
    feeLimitMsat,
    expiresAt,
    now,
    signal,
  };
  const paid = await payReserved(payment);
  return paid.ok ? success({ providerPubkey, amountMsat, paymentHash, ...paid.value }) : paid;
}

/** Takes up top-ups that a crash or a silent wallet left open; what was prepaid by that is the answer to this call. */
async function finishTopUps(
  context: CustomerContext,
): Promise<Outcome<void, 'top-up-open' | 'top-up-finished'>> {
  const { wallet, now, signal, ledger, signer } = context;
  for (const payment of await ledger.spending.listUnfinished(signer.pubkey)) {
    const { bolt11, paymentHash, feeLimitMsat, amountMsat } = payment;
    if (payment.purpose !== BALANCE_PURPOSES.topUp || bolt11 === null) continue;
    const reservation = await ledger.spending.limits(signer.pubkey, context.caps).unfinished(paymentHash);
    if (reservation === null) continue; // another process has just finished it
    const { expiresAt } = orThrow(parseInvoice(bolt11));
    const open = { wallet, reservation, bolt11, paymentHash, feeLimitMsat, expiresAt, now, signal };
    const ended = await resumeReserved(open);
    const words = `An earlier top-up of ${formatSats(amountMsat)}`;
    if (ended.ok)
      return failure('top-up-finished', `${words} was finished now. Ask again for another.`, { paymentHash });
    if (ended.failure.code === 'payment-unknown')
      return failure(
        'top-up-open',
        `${words} is not finished, and the wallet cannot say more: ask again later.`,
        {
          paymentHash,
        },
      );
  }
  return success(undefined);
}
