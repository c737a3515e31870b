import {
  chainLinks,
  failure,
  isHex32,
  orderChain,
  success,
  surveyChain,
  type ChainFailureCode,
  type NostrEvent,
  type Outcome,
} from '../protocol/index.ts';
import type { Customer } from './contract.ts';
import type { PurchaseFailureCode, WishFailureCode } from './errors.ts';
import type { Receipt, Wish } from './wish.ts';

/**
 * Buys several wishes one after the other, where each works on the result of the one before: it gets a `job`
 * input (NIP-90) that names the previous request, and a `chain` tag that names the very result it builds on.
 * Stops at the first that fails, with that failure's code and `data.step`, `data.completed` (request ids). Before
 * anything is bought the chain as a whole is looked at, with the jobs of others that it builds on: fails with
 * `chain-cycle`, `chain-too-deep` (providers refuse it) or `chain-missing` (no relay knows a job that a wish names).
 */
export async function buyChain(
  customer: Customer,
  wishes: readonly Wish[],
): Promise<Outcome<readonly Receipt[], WishFailureCode | PurchaseFailureCode | ChainFailureCode>> {
  const possible = await checkChain(customer, wishes);
  if (!possible.ok) return possible;
  const receipts: Receipt[] = [];
  for (const [step, wish] of wishes.entries()) {
    const isLast = step === wishes.length - 1;
    const onTop = onTopOf(receipts.at(-1), wish);
    const bought = await buyOne(customer, isLast ? onTop : { ...onTop, forChaining: true });
    if (!bought.ok) {
      const { code, message, data } = bought.failure;
      const completed = receipts.map(({ requestId }) => requestId);
      return failure(code, message, { ...data, step, completed });
    }
    receipts.push(bought.value);
  }
  return success(receipts);
}

async function buyOne(
  customer: Customer,
  wish: Wish,
): Promise<Outcome<Receipt, WishFailureCode | PurchaseFailureCode>> {
  const opened = await customer.buy(wish);
  return opened.ok ? opened.value.result() : opened;
}

function onTopOf(previous: Receipt | undefined, wish: Wish): Wish {
  if (previous === undefined) return wish;
  const { requestId, resultEvent } = previous;
  return {
    ...wish,
    inputs: [{ data: requestId, type: 'job' }, ...wish.inputs],
    chain: new Map([...(wish.chain ?? []), [requestId, resultEvent.id]]),
  };
}

/**
 * Whether providers will take the last wish: each builds on the one before, and on the jobs that its inputs name.
 * Jobs further up that no relay has any more are done; those that a wish itself names must be there.
 */
async function checkChain(
  customer: Customer,
  wishes: readonly Wish[],
): Promise<Outcome<unknown, ChainFailureCode>> {
  const named = wishes.map(jobsNamedIn);
  const planned = named.map((ids, step): [string, string[]] => [
    stepName(step),
    step === 0 ? ids : [stepName(step - 1), ...ids],
  ]);
  const last = planned.at(-1)?.[0];
  if (last === undefined) return success([]);
  const direct = new Set(named.flat());
  const asked = new Set<string>();
  const found: NostrEvent[] = [];
  for (;;) {
    const { priors, jobOfResult } = chainLinks(found);
    const links = { priors: new Map([...priors, ...planned]), jobOfResult };
    const survey = surveyChain(last, links);
    if (!survey.ok) return survey;
    const { missing } = survey.value;
    const unasked = missing.filter((id) => !asked.has(id));
    if (unasked.length === 0) {
      for (const id of missing) if (!direct.has(id)) links.priors.set(id, []);
      return orderChain(last, links);
    }
    for (const id of unasked) asked.add(id);
    found.push(...(await Promise.all(unasked.map((id) => findEvent(customer, id)))).flat());
  }
}

function stepName(step: number): string {
  return `wish ${step}`;
}

function jobsNamedIn({ inputs }: Wish): string[] {
  return inputs.flatMap((input) =>
    typeof input !== 'string' && input.type === 'job' && isHex32(input.data) ? [input.data] : [],
  );
}

/** The request or the result with that id, if any relay has it. */
async function findEvent(customer: Customer, id: string): Promise<NostrEvent[]> {
  const { request, setAside } = await customer.trace(id);
  const result = setAside.find(({ event }) => event.id === id);
  return [request?.event, result?.event].filter((event) => event !== undefined);
}
