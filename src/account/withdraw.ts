import type { GuardedFetch } from '../http/index.ts';
import type { Ledger, OutgoingPayment, SpendingCaps } from '../ledger/index.ts';
import {
  checkInvoice,
  feeLimitOf,
  lookupDirection,
  payReserved,
  resumeReserved,
  type InvoiceCheckCode,
  type PaidProof,
  type PaymentFailureCode,
  type SpendingRefusal,
  type Wallet,
  type WalletFailureCode,
} from '../money/index.ts';
import {
  failure,
  formatSats,
  MAX_MSAT,
  msat,
  orThrow,
  parseInvoice,
  success,
  type Invoice,
  type Msat,
  type Outcome,
} from '../protocol/index.ts';
import { requestAddressInvoice, type AddressInvoiceFailureCode } from '../zaps/index.ts';
import { owedMsat } from './owed.ts';
import { tryLock } from './process-lock.ts';

/** Whose money is withdrawn, from which wallet. */
export interface WithdrawalParts {
  /** The account's directory: of all processes that share it one withdraws at a time. */
  readonly dir: string;
  readonly ledger: Ledger;
  readonly wallet: Wallet;
  readonly pubkey: string;
  /** Asks the servers of lightning addresses. */
  readonly fetch: GuardedFetch;
  /** Unix seconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** What is withdrawn. */
export interface WithdrawalOrder {
  /** An invoice, a lightning address or an LNURL. */
  readonly to: string;
  /** Needed for addresses; an invoice has its own, which must be the same. */
  readonly amountMsat: Msat | null;
  /** `withdrawal` by hand, `forward` by the rule. */
  readonly purpose: 'withdrawal' | 'forward';
  /** Besides the caps of one payment. */
  readonly caps: Omit<SpendingCaps, 'perJobMsat'>;
}

/** Money that was withdrawn. */
export interface Withdrawal {
  readonly to: string;
  readonly amountMsat: Msat;
  readonly feePaidMsat: Msat;
  readonly paymentHash: string;
  readonly preimage: string;
}

/**
 * Why nothing was withdrawn, or not surely: see the codes of its parts. `amount-missing`: an address needs one.
 * `money-owed`: what would be left is less than customers are owed; `data` has the amounts. `withdrawal-open`: an
 * earlier one is not finished, and the wallet cannot say more yet. `withdrawal-finished`: an earlier one was
 * finished just now and nothing else was done; ask again if you want another. `withdrawal-busy`: another process of
 * the account withdraws or forwards at this moment.
 */
export type WithdrawalFailureCode =
  | 'amount-missing'
  | 'money-owed'
  | 'withdrawal-open'
  | 'withdrawal-finished'
  | 'withdrawal-busy'
  | AddressInvoiceFailureCode
  | InvoiceCheckCode
  | SpendingRefusal
  | PaymentFailureCode
  | WalletFailureCode;

const PURPOSES: ReadonlySet<string> = new Set<WithdrawalOrder['purpose']>(['withdrawal', 'forward']);

/**
 * Sends money of ours away: one withdrawal at a time, reserved in the books before the wallet hears of it, never
 * what is owed to customers. One that an earlier process left open is finished first, and then nothing else is
 * done: it may be the one that is wanted.
 */
export function withdraw(
  parts: WithdrawalParts,
  order: WithdrawalOrder,
): Promise<Outcome<Withdrawal, WithdrawalFailureCode>> {
  return withdrawingAlone(parts, () => withdrawNow(parts, order));
}

/**
 * What is left when customers have theirs holds only until somebody else withdraws, and an open payment may be one
 * that another process waits for: so looking and paying are one step, which one process makes at a time.
 */
export async function withdrawingAlone<Value>(
  { dir, ledger, pubkey }: WithdrawalParts,
  act: () => Promise<Outcome<Value, WithdrawalFailureCode>>,
): Promise<Outcome<Value, WithdrawalFailureCode>> {
  const lock = tryLock(dir, 'withdraw');
  if (lock === null) return failure('withdrawal-busy', BUSY);
  try {
    return await (ledger.isShared ? withdrawingAloneAnywhere(ledger, pubkey, act) : act());
  } finally {
    lock.close();
  }
}

const BUSY = 'Another process of this account is withdrawing: ask again when it is done.';
/** Longer than all calls of a withdrawal may take together; after a crash nobody withdraws for so long. */
const ALONE_SECONDS = 900;

/** The same among processes of several machines. */
async function withdrawingAloneAnywhere<Value>(
  { duties }: Ledger,
  pubkey: string,
  act: () => Promise<Outcome<Value, WithdrawalFailureCode>>,
): Promise<Outcome<Value, WithdrawalFailureCode>> {
  const [duty, holder] = [`withdraw ${pubkey}`, crypto.randomUUID()];
  if (!(await duties.take(duty, holder, ALONE_SECONDS))) return failure('withdrawal-busy', BUSY);
  try {
    return await act();
  } finally {
    await duties.giveUp(duty, holder);
  }
}

/** As `withdraw`, for whoever withdraws alone already. */
export async function withdrawNow(
  parts: WithdrawalParts,
  order: WithdrawalOrder,
): Promise<Outcome<Withdrawal, WithdrawalFailureCode>> {
  const finished = await finishWithdrawals(parts);
  if (!finished.ok) return finished;
  const [earlier] = finished.value;
  if (earlier !== undefined)
    return failure(
      'withdrawal-finished',
      `An earlier withdrawal of ${formatSats(earlier.amountMsat)} to ${earlier.to} was finished now. Ask again for another.`,
      { paymentHash: earlier.paymentHash },
    );
  const invoice = await agreeInvoice(parts, order);
  if (!invoice.ok) return invoice;
  const feeLimitMsat = feeLimitOf(invoice.value.amountMsat);
  const affordable = await checkOwed(parts, msat(invoice.value.amountMsat + feeLimitMsat));
  if (!affordable.ok) return affordable;
  return pay(parts, order, { ...invoice.value, feeLimitMsat });
}

/**
 * Takes up withdrawals that a crash or a silent wallet left open. Returns those that turn out as paid; those that
 * were never sent are released. For whoever withdraws alone. Fails with `withdrawal-open` while the wallet cannot say.
 */
export async function finishWithdrawals(
  parts: WithdrawalParts,
): Promise<Outcome<Withdrawal[], 'withdrawal-open'>> {
  const { ledger, wallet, pubkey, now, signal } = parts;
  const paid: Withdrawal[] = [];
  for (const payment of await ledger.spending.listUnfinished(pubkey)) {
    const { bolt11, paymentHash, feeLimitMsat } = payment;
    if (!PURPOSES.has(payment.purpose) || bolt11 === null) continue;
    const reservation = await limitsFor(parts, payment, {}).unfinished(paymentHash);
    if (reservation === null) continue; // another process has just finished it
    const { expiresAt } = orThrow(parseInvoice(bolt11));
    const ended = await resumeReserved({
      wallet,
      reservation,
      bolt11,
      paymentHash,
      feeLimitMsat,
      expiresAt,
      now,
      signal,
      isSameWallet: () => isSameWallet(parts),
    });
    if (ended.ok) paid.push(withdrawalOf(payment, ended.value));
    else if (ended.failure.code === 'payment-unknown')
      return failure(
        'withdrawal-open',
        `A withdrawal of ${formatSats(payment.amountMsat)} to ${payment.counterparty} is not finished, and the wallet cannot say more: ask again later.`,
        { paymentHash },
      );
  }
  return success(paid);
}

/** So many of the latest payments are looked through for one that was made. */
const RECENT = 50;

/** Whether the wallet knows the latest payment that the books have as made; any is believed where there is none. */
async function isSameWallet({ ledger, wallet, pubkey, signal }: WithdrawalParts): Promise<boolean> {
  const recent = await ledger.spending.listRecent({ spenderPubkey: pubkey, limit: RECENT });
  const made = recent.find(({ state, bolt11 }) => state === 'settled' && bolt11 !== null);
  if (made === undefined) return true;
  const { paymentHash } = made;
  const found = await lookupDirection(wallet, { paymentHash, direction: 'outgoing' }, { signal });
  return found.ok && found.value?.state === 'settled';
}

type PayableInvoice = Omit<Invoice, 'amountMsat'> & { readonly amountMsat: Msat };

/** An invoice as it was given, or made by the address for exactly that amount. */
async function agreeInvoice(
  { wallet, fetch, now, signal }: WithdrawalParts,
  { to, amountMsat, purpose }: WithdrawalOrder,
): Promise<Outcome<PayableInvoice, WithdrawalFailureCode>> {
  const able = await wallet.capabilities({ signal });
  if (!able.ok) return able;
  const { network } = able.value;
  const given = parseInvoice(to.trim().replace(/^lightning:/i, ''));
  if (given.ok) {
    const agreed = amountMsat ?? given.value.amountMsat;
    if (agreed === null)
      return failure('amountless', 'The invoice leaves the amount open: make one with the amount.');
    return checked(given.value.bolt11, { amountMsat: agreed, network, now: now() });
  }
  if (amountMsat === null)
    return failure('amount-missing', 'Say how much is to be sent to the address: --amount <sats>.');
  const comment = `coinop ${purpose}`;
  const made = await requestAddressInvoice({ fetch, network }, { payTo: to, amountMsat, comment }, signal);
  if (!made.ok) return made;
  const { bolt11, descriptionHash } = made.value;
  return checked(bolt11, { amountMsat, descriptionHash, network, now: now() });
}

function checked(
  bolt11: string,
  expected: Parameters<typeof checkInvoice>[0]['expected'],
): Outcome<PayableInvoice, InvoiceCheckCode> {
  const invoice = checkInvoice({ bolt11, expected });
  return invoice.ok ? success({ ...invoice.value, amountMsat: expected.amountMsat }) : invoice;
}

async function checkOwed(
  { ledger, wallet, pubkey, signal }: WithdrawalParts,
  neededMsat: Msat,
): Promise<Outcome<void, 'money-owed' | WalletFailureCode>> {
  const owed = await owedMsat(ledger, pubkey);
  if (owed === 0n) return success(undefined);
  const balance = await wallet.balance({ signal });
  if (!balance.ok) return balance;
  const { spendableMsat } = balance.value;
  if (spendableMsat - neededMsat >= owed) return success(undefined);
  return failure(
    'money-owed',
    `Of the ${formatSats(spendableMsat)} in the wallet ${formatSats(owed)} are owed to customers: withdraw less.`,
    { spendableMsat: spendableMsat.toString(), owedMsat: owed.toString() },
  );
}

async function pay(
  parts: WithdrawalParts,
  order: WithdrawalOrder,
  invoice: PayableInvoice & { readonly feeLimitMsat: Msat },
): Promise<Outcome<Withdrawal, WithdrawalFailureCode>> {
  const { wallet, now, signal } = parts;
  const { amountMsat, feeLimitMsat, bolt11, paymentHash, expiresAt, payee } = invoice;
  const counterparty = parseInvoice(order.to).ok ? payee : order.to;
  const wish = { amountMsat, feeLimitMsat, counterparty, purpose: order.purpose, paymentHash, bolt11 };
  const reserved = await limitsFor(parts, wish, order.caps).reserve(wish);
  if (!reserved.ok) return reserved;
  const paid = await payReserved({
    wallet,
    reservation: reserved.value,
    bolt11,
    paymentHash,
    feeLimitMsat,
    expiresAt,
    now,
    signal,
  });
  return paid.ok ? success(withdrawalOf(wish, paid.value)) : paid;
}

/** A withdrawal may be as large as was asked for. */
function limitsFor(
  { ledger, pubkey }: WithdrawalParts,
  { amountMsat, feeLimitMsat }: Pick<OutgoingPayment, 'amountMsat' | 'feeLimitMsat'>,
  caps: WithdrawalOrder['caps'],
) {
  const perJobMsat = amountMsat + feeLimitMsat;
  return ledger.spending.limits(pubkey, {
    ...caps,
    perJobMsat: perJobMsat > MAX_MSAT ? MAX_MSAT : msat(perJobMsat),
  });
}

function withdrawalOf(
  {
    counterparty,
    amountMsat,
    paymentHash,
  }: Pick<OutgoingPayment, 'counterparty' | 'amountMsat' | 'paymentHash'>,
  { preimage, feePaidMsat }: PaidProof,
): Withdrawal {
  return { to: counterparty, amountMsat, feePaidMsat, paymentHash, preimage };
}
