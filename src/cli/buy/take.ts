import type { Command } from 'commander';
import { pause } from '../../clock/index.ts';
import type { Customer, OfferComparison } from '../../customer/index.ts';
import { failure, satsToMsat, success, type Msat, type Outcome } from '../../protocol/index.ts';
import type { CommandRunner } from '../command-runner.ts';
import { spendingCaps, withFees, type AccountFlags, type Config } from '../config.ts';
import { withOpenAccount } from '../open-account.ts';
import { MAX_SATS, wholeNumber } from '../option-values.ts';
import type { Output } from '../output.ts';
import { ownPurchase } from '../own-jobs.ts';
import { printAgain } from '../print-again.ts';
import { useCustomer, type CustomerSession } from '../use-customer.ts';
import { printOffers } from './offer-rows.ts';
import { seeThrough } from './see-through.ts';

interface TakeFlags extends AccountFlags {
  readonly max?: number;
  readonly idempotencyKey?: string;
}

interface Taking {
  readonly requestId: string;
  readonly offer: string;
  readonly maxAmountMsat: Msat;
  readonly idempotencyKey: string | undefined;
}

interface TakingAt {
  readonly config: Config;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Adds `coinop take`. */
export function addTakeCommand(
  program: Command,
  { run, withAccount, withRelays, signal }: CommandRunner,
): void {
  withAccount(program.command('take'))
    .description(
      'take an offer for a job that waits for it, and print its result; without an offer, list them',
    )
    .argument('<job>', 'its id, or the beginning of it')
    .argument('[offer]', 'the id of an offer, or the beginning of it')
    .option('--max <sats>', 'the most that the offer may ask', wholeNumber(0, MAX_SATS))
    .option('--idempotency-key <key>', 'a repeat with this key never takes another offer')
    .action((job: string, offer: string | undefined, flags: TakeFlags) =>
      run((output) =>
        withRelays(flags, 'customer', (config) => take({ job, offer, flags }, { config, output, signal })),
      ),
    );
}

/** `coinop take`. Fails as `ownPurchase`, as `Customer.approve`, or as the purchase. */
function take(
  asked: { readonly job: string; readonly offer: string | undefined; readonly flags: TakeFlags },
  { config, output, signal }: TakingAt,
): Promise<Outcome<void>> {
  const { job, offer, flags } = asked;
  const { max, idempotencyKey } = flags;
  return withOpenAccount(config, 'customer', async (account) => {
    const purchase = await ownPurchase(job, account);
    if (!purchase.ok) return purchase;
    const { requestId, maxAmountMsat, request } = purchase.value;
    const caps = spendingCaps(config, withFees(maxAmountMsat));
    return useCustomer(account, { caps }, async (session) => {
      await session.lookForSellers(request.kind, signal); // so that their records stand beside the offers
      if (offer === undefined) return listOffers(requestId, session, output, signal);
      if (max === undefined) return failure('invalid-argument', 'Say with --max what the offer may ask.');
      const taking = { requestId, offer, maxAmountMsat: satsToMsat(max), idempotencyKey };
      return takeOffer(taking, session, { config, output, signal });
    });
  });
}

async function listOffers(
  requestId: string,
  { customer }: CustomerSession,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const comparison = await checkedOffers(customer, requestId, signal);
  if (comparison !== null) printOffers(comparison, output);
  return success(undefined);
}

async function takeOffer(
  { requestId, offer, maxAmountMsat, idempotencyKey }: Taking,
  { customer }: CustomerSession,
  { config, output, signal }: TakingAt,
): Promise<Outcome<void>> {
  const found = findOffer(await checkedOffers(customer, requestId, signal), offer);
  if (!found.ok) return found;
  const followed = await customer.follow(requestId); // the caps are for this one alone
  const approved = await customer.approve(requestId, {
    offerId: found.value,
    maxAmountMsat,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  });
  if (!approved.ok) return approved;
  if (followed === null) return printAgain(requestId, { customer, output, signal }); // it was taken before
  const { kind } = approved.value.request;
  return seeThrough(followed, { kind, customer, config, output });
}

/** The wallet says within seconds on which network it is, without which no invoice can be checked. */
const WALLET_TRIES = 100;
const WALLET_PAUSE_MS = 200;

/** The offers side by side, once the wallet has told what they are checked by. */
async function checkedOffers(
  customer: Customer,
  requestId: string,
  signal: AbortSignal,
): Promise<OfferComparison | null> {
  for (let tries = 1; ; tries++) {
    const comparison = await customer.comparison(requestId);
    const waits = comparison?.refused.some(({ code }) => code === 'wallet-unknown') ?? false;
    if (!waits || tries === WALLET_TRIES || signal.aborted) return comparison;
    await pause(WALLET_PAUSE_MS, signal);
  }
}

/** An offer by its id or the beginning of it, also one that cannot be taken (any more): `approve` says why. */
function findOffer(comparison: OfferComparison | null, text: string): Outcome<string> {
  if (/^[0-9a-f]{64}$/.test(text)) return success(text);
  const { offers = [], refused = [], choice = null } = comparison ?? {};
  const ids = [
    ...offers.map(({ id }) => id),
    ...refused.map(({ offer }) => offer.id),
    ...(choice === null ? [] : [choice.offerId]),
  ];
  const matches = [...new Set(ids)].filter((id) => id.startsWith(text));
  const [match] = matches;
  return match !== undefined && matches.length === 1
    ? success(match)
    : failure(
        'offer-unknown',
        `${matches.length} offers for this job begin with ${text}; list them without one.`,
      );
}
