import { join } from 'node:path';
import { openAccount } from '../account/index.ts';
import {
  createCustomer,
  type Customer,
  type Receipt,
  type SupportedExchange,
  type Wish,
} from '../customer/index.ts';
import {
  addMsat,
  failure,
  formatSats,
  msat,
  satsToMsat,
  success,
  type Msat,
  type Outcome,
} from '../protocol/index.ts';
import { readBuyInput, type BuyInput } from './buy-input.ts';
import { showPurchase } from './buy-progress.ts';
import type { Config } from './config.ts';
import { withoutControls, type Output } from './output.ts';
import { startProgress, type Progress } from './progress.ts';

/** The arguments of `coinop buy`. */
export interface BuyArguments {
  readonly kind: number;
  readonly input: string;
  readonly maxSats: number;
  /** `name=value` or `name=value,value`. */
  readonly params: readonly string[];
  readonly outputs: readonly string[];
  readonly providers: readonly string[];
  readonly deadlineSeconds: number;
  /** Exchange modes to accept, best first; all that can be finished when left out. */
  readonly exchanges: readonly SupportedExchange[] | undefined;
  /** Shows the job to nobody but the one provider that is named. */
  readonly encrypted: boolean;
  /** Asks in the first draft's dialect (kind 68001). */
  readonly firstDraft: boolean;
}

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
  const params = readParams(args.params);
  if (!params.ok) return params;
  const input = await readBuyInput(args.input, process.stdin, signal);
  if (!input.ok) return input;
  const account = await openAccount({ ...config, dir: join(config.home, 'customer') });
  if (!account.ok) return account;
  const maxMsat = satsToMsat(args.maxSats);
  const customer = createCustomer({
    ...account.value,
    caps: {
      perJobMsat: config.perJobMsat ?? withFees(maxMsat),
      ...config.caps,
    },
  });
  const progress = startProgress(process.stderr);
  const sayHowToGoOn = () =>
    progress.done(
      'withdrawing what is not paid yet; Ctrl-C again ends at once, then `coinop resume` goes on',
    );
  signal.addEventListener('abort', sayHowToGoOn);
  try {
    const bought = await buyChained(
      { args, params: params.value, input: input.value, maxMsat, signal },
      customer,
      progress,
    );
    progress.stop();
    if (!bought.ok) return bought;
    report(bought.value, config, output);
    return success(undefined);
  } finally {
    signal.removeEventListener('abort', sayHowToGoOn);
    progress.stop();
    await customer.close();
    await account.value.close();
  }
}

/** The fee limit comes on top of what an offer may ask. */
export function withFees(amount: Msat): Msat {
  return addMsat(amount, msat(amount / 100n), satsToMsat(5));
}

async function buyChained(
  job: { args: BuyArguments; params: Wish['params']; input: BuyInput; maxMsat: Msat; signal: AbortSignal },
  customer: Customer,
  progress: Progress,
): Promise<Outcome<Receipt[]>> {
  const { args, input } = job;
  const common = {
    deadlineSeconds: args.deadlineSeconds,
    signal: job.signal,
    ...(args.exchanges ? { exchanges: args.exchanges } : {}),
    ...(args.encrypted ? { encrypted: true as const } : {}),
    ...(args.firstDraft ? { dialect: 'first-draft' as const } : {}),
  };
  const addressed = args.providers.length > 0 ? { targets: args.providers } : {};
  const receipts: Receipt[] = [];
  let wish: Omit<Wish, 'maxAmountMsat'> = {
    ...common,
    ...addressed,
    kind: args.kind,
    inputs: [{ data: input.data, type: input.type }],
    outputs: args.outputs,
    ...(job.params ? { params: job.params } : {}),
  };
  let leftMsat = job.maxMsat;
  if (TEXT_ONLY_KINDS.has(args.kind) && input.type === 'url') {
    progress.done(`${input.name} is not text yet: extracting it first (kind ${TEXT_EXTRACTION})`);
    const extracted = await buyOne(
      customer,
      {
        ...common,
        kind: TEXT_EXTRACTION,
        inputs: wish.inputs,
        maxAmountMsat: leftMsat,
        forChaining: true,
      },
      progress,
    );
    if (!extracted.ok) return extracted;
    receipts.push(extracted.value);
    leftMsat = msat(leftMsat - extracted.value.amountMsat);
    const { requestId, resultEvent } = extracted.value;
    wish = {
      ...wish,
      inputs: [{ data: requestId, type: 'job' }],
      chain: new Map([[requestId, resultEvent.id]]),
    };
  }
  const last = await buyOne(customer, { ...wish, maxAmountMsat: leftMsat }, progress);
  return last.ok ? success([...receipts, last.value]) : last;
}

async function buyOne(customer: Customer, wish: Wish, progress: Progress): Promise<Outcome<Receipt>> {
  const bought = await customer.buy(wish);
  if (!bought.ok) return bought;
  void showPurchase(bought.value, wish.kind, progress); // ends with the purchase, and shows nothing after `stop`
  const result = await bought.value.result();
  if (result.ok)
    progress.done(
      `kind ${wish.kind}: ${formatSats(result.value.amountMsat)} to ${result.value.providerPubkey.slice(0, 8)} for job ${result.value.requestId}`,
    );
  return result;
}

function report(receipts: readonly Receipt[], config: Config, output: Output): void {
  const last = receipts.at(-1);
  if (!last) return;
  // In a pipe the bytes go on as they are; at a terminal a stranger's text must not steer it.
  if (!output.asked) return output.data(output.json ? last.content : withoutControls(last.content));
  output.facts({
    content: last.content,
    playMoney: config.localMarket,
    jobs: receipts.map((receipt) => ({
      requestId: receipt.requestId,
      provider: receipt.providerPubkey,
      exchange: receipt.exchange,
      amountMsat: receipt.amountMsat,
      feePaidMsat: receipt.feePaidMsat,
      preimage: receipt.preimage,
      settlement: receipt.settlement,
      result: receipt.resultEvent.id,
    })),
  });
}

function readParams(texts: readonly string[]): Outcome<Wish['params']> {
  const params: Record<string, readonly string[]> = {};
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at < 1) return failure('invalid-argument', `--param ${text} must be name=value.`);
    params[text.slice(0, at)] = text.slice(at + 1).split(',');
  }
  return success(params);
}
