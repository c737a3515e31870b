import { policyTrusting, type Receipt, type Wish } from '../../customer/index.ts';
import { failure, msat, satsToMsat, success, type Msat, type Outcome } from '../../protocol/index.ts';
import { spendingCaps, withFees, type Config } from '../config.ts';
import { withOpenAccount } from '../open-account.ts';
import type { Output } from '../output.ts';
import { startProgress } from '../progress.ts';
import { useCustomer } from '../use-customer.ts';
import { buyOne, type Buying } from './buy-one.ts';
import { readBuyInput, type BuyInput } from './input.ts';
import { placeOrder } from './order.ts';
import { reportBought, type Bought } from './report.ts';
import { isOrder, readWish, type AskedFor, type BuyArguments } from './wish.ts';

/** Kinds that work on text only: anything else is extracted first. */
const TEXT_EXTRACTION = 5000;
const TEXT_ONLY_KINDS: ReadonlySet<number> = new Set([5001]);

/**
 * `coinop buy`: prints the result's content. A document for a kind that takes only text is extracted first,
 * as a chain of two jobs under one maximum.
 */
export async function buy(
  args: BuyArguments,
  config: Config,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const wish = readWish(args, signal);
  if (!wish.ok) return wish;
  const input = await readBuyInput(args.input, process.stdin, signal);
  if (!input.ok) return input;
  const maxMsat = satsToMsat(args.maxSats);
  const caps = spendingCaps(config, withFees(maxMsat));
  const named = wish.value.namedJob.targets ?? []; // by the person: it knows whom it trusts
  return withOpenAccount(config, 'customer', (account) =>
    useCustomer(account, { caps, policy: policyTrusting(args.policy, named), named }, async (session) => {
      const progress = startProgress(process.stderr);
      const sayHowToGoOn = () => progress.done(INTERRUPTED);
      signal.addEventListener('abort', sayHowToGoOn);
      try {
        const buying = { args, session, progress, relays: config.relayUrls.length, output, signal };
        const bought = await buyChained(buying, wish.value, input.value, maxMsat);
        progress.stop();
        if (!bought.ok) return bought;
        await reportBought(bought.value, args.save, config, output);
        return success(undefined);
      } finally {
        signal.removeEventListener('abort', sayHowToGoOn);
        progress.stop();
      }
    }),
  );
}

const INTERRUPTED =
  'withdrawing what is not paid yet; Ctrl-C again ends at once, then `coinop resume` goes on';

async function buyChained(
  buying: Buying,
  { everyJob, namedJob }: AskedFor,
  input: BuyInput,
  maxAmountMsat: Msat,
): Promise<Outcome<Bought>> {
  const { kind, encrypted } = buying.args;
  const { idempotencyKey } = namedJob;
  const inputs = [{ data: input.data, type: input.type }];
  const named = { ...everyJob, ...namedJob, kind };
  if (!TEXT_ONLY_KINDS.has(kind) || input.type !== 'url')
    return buyLast(buying, { ...named, inputs, maxAmountMsat }, []);

  if (encrypted)
    return failure(
      'invalid-argument',
      `An encrypted job of kind ${kind} takes text, so that nobody else reads it.`,
    );
  buying.progress.done(`${input.name} is not text yet: extracting it first (kind ${TEXT_EXTRACTION})`);
  const extracted = await buyOne(buying, {
    ...everyJob,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey: `${idempotencyKey}/text` }),
    kind: TEXT_EXTRACTION,
    inputs,
    maxAmountMsat,
    forChaining: true,
  });
  if (!extracted.ok) return extracted;
  if (extracted.value === null) return NOTHING_BOUGHT;
  const { requestId, resultEvent, amountMsat } = extracted.value;
  const chained: Wish = {
    ...named,
    inputs: [{ data: requestId, type: 'job' }],
    chain: new Map([[requestId, resultEvent.id]]),
    maxAmountMsat: msat(maxAmountMsat - amountMsat),
  };
  return buyLast(buying, chained, [extracted.value]);
}

const NOTHING_BOUGHT = success<Bought>({ receipts: [], order: null });

async function buyLast(buying: Buying, wish: Wish, before: readonly Receipt[]): Promise<Outcome<Bought>> {
  if (isOrder(buying.args)) {
    const order = await placeOrder(buying, wish);
    return order.ok ? success({ receipts: [...before, order.value.won], order: order.value }) : order;
  }
  const last = await buyOne(buying, wish);
  if (!last.ok) return last;
  return last.value === null ? NOTHING_BOUGHT : success({ receipts: [...before, last.value], order: null });
}
