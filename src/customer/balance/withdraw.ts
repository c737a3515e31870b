import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import type { PrepaidWithdrawal } from '../../ledger/index.ts';
import { lookupDirection } from '../../money/index.ts';
import {
  failure,
  formatSats,
  msat,
  orThrow,
  parseInvoice,
  success,
  type Msat,
  type Outcome,
} from '../../protocol/index.ts';
import type { CustomerContext } from '../run.ts';
import type { AskedWithdrawal, Balances, WithdrawFailureCode } from './contract.ts';
import { hearAnswers, messageFor } from './provider-answers.ts';
import { refused } from './top-up.ts';

/** How long the invoice of a withdrawal can be paid; until it has run out unpaid there is no other. */
const INVOICE_SECONDS = 600;
/** A payment that came at the last moment shows within this time. */
const EXPIRY_GRACE_SECONDS = 60;
const ANSWER_WAIT_MS = 30_000;
/** The wallet is looked at so often after the provider said that it has paid. */
const LOOKS = 5;

/**
 * Asks a provider to pay an own invoice from the balance. The invoice is booked with the message that carries it; only
 * the own wallet says that the money came. Routing is paid from the balance, at most one percent of the amount.
 */
export async function withdraw(
  context: CustomerContext,
  { providerPubkey, amountMsat, signal: given }: Parameters<Balances['withdraw']>[0],
): Promise<Outcome<AskedWithdrawal, WithdrawFailureCode>> {
  await settleWithdrawals(context);
  const wanted = await agreeAmount(context, providerPubkey, amountMsat);
  if (!wanted.ok) return wanted;
  const made = await context.wallet.makeInvoice(
    { amountMsat: wanted.value, description: 'coinop balance', expirySeconds: INVOICE_SECONDS },
    { signal: context.signal },
  );
  if (!made.ok) return made;
  const { bolt11, paymentHash } = made.value;
  if (bolt11 === null) return failure('wallet-internal', 'The wallet made an invoice but did not show it.');
  const id = bytesToHex(randomBytes(32));
  const listening = new AbortController();
  const signal = AbortSignal.any([context.signal, listening.signal, ...(given === undefined ? [] : [given])]);
  try {
    const answers = await hearAnswers(context, { providerPubkey, id }, signal);
    const createdAt = context.now();
    const wish = { type: 'withdrawal', bolt11, requestId: id, text: '', createdAt } as const;
    const asked = await context.ledger.prepaid.askWithdrawal({
      withdrawalId: id,
      customerPubkey: context.signer.pubkey,
      providerPubkey,
      amountMsat: wanted.value,
      feeLimitMsat: feeOf(wanted.value),
      bolt11,
      paymentHash,
      publish: [await messageFor(context, providerPubkey, wish, createdAt + INVOICE_SECONDS)],
    });
    if (!asked.ok) return asked;
    const answer = await answers.next(
      (message) => (message.type === 'balance' || message.type === 'balance-refused' ? message : undefined),
      ANSWER_WAIT_MS,
    );
    if (answer?.type === 'balance-refused') {
      await context.ledger.prepaid.endWithdrawal(paymentHash, 'given-up');
      return refused(answer.reason, answer.text);
    }
    return success(await stateNow(context, asked.value, answer === null ? 1 : LOOKS));
  } finally {
    listening.abort();
  }
}

async function agreeAmount(
  { ledger, signer }: CustomerContext,
  providerPubkey: string,
  amountMsat: Msat | null,
): Promise<Outcome<Msat, 'nothing-left'>> {
  const holdings = await ledger.prepaid.holdings(signer.pubkey);
  const left = holdings.find((each) => each.providerPubkey === providerPubkey)?.leftMsat ?? 0n;
  const most = (left * 100n) / 101n;
  const all = msat(most - (most % 1000n)); // whole sats, as some wallets make no other invoices
  const wanted = amountMsat ?? all;
  if (wanted > 0n && wanted + feeOf(wanted) <= left) return success(wanted);
  return failure('nothing-left', `At most ${formatSats(all)} can be withdrawn, with what routing may cost.`, {
    leftMsat: left.toString(),
    mostMsat: all.toString(),
  });
}

function feeOf(amountMsat: Msat): Msat {
  return msat(amountMsat / 100n);
}

async function stateNow(
  context: CustomerContext,
  withdrawal: PrepaidWithdrawal,
  looks: number,
): Promise<AskedWithdrawal> {
  const { providerPubkey, amountMsat, paymentHash } = withdrawal;
  let state = await lookAt(context, withdrawal);
  for (let look = 1; look < looks && state === 'asked' && !context.signal.aborted; look++)
    state = await lookAt(context, withdrawal);
  return { providerPubkey, amountMsat, paymentHash, state: state === 'received' ? 'received' : 'asked' };
}

/** Books what the own wallet says of the withdrawals that are open. */
export async function settleWithdrawals(context: CustomerContext): Promise<void> {
  for (const withdrawal of await context.ledger.prepaid.listWithdrawals(context.signer.pubkey))
    if (withdrawal.state === 'asked') await lookAt(context, withdrawal);
}

async function lookAt(
  context: CustomerContext,
  { paymentHash, bolt11 }: PrepaidWithdrawal,
): Promise<PrepaidWithdrawal['state']> {
  const lookedAt = context.now();
  const payment = { paymentHash, direction: 'incoming' } as const;
  const found = await lookupDirection(context.wallet, payment, { signal: context.signal });
  if (!found.ok) return 'asked';
  const isOver = lookedAt > orThrow(parseInvoice(bolt11)).expiresAt + EXPIRY_GRACE_SECONDS;
  const state = found.value?.state === 'settled' ? 'received' : isOver ? 'given-up' : 'asked';
  if (state !== 'asked') await context.ledger.prepaid.endWithdrawal(paymentHash, state);
  return state;
}
