import { join } from 'node:path';
import type { Command } from 'commander';
import colors from 'picocolors';
import {
  buyFirstSale,
  startMarket,
  type FirstBuyer,
  type FirstSale,
  type Market,
  type SaleStep,
} from '../market/index.ts';
import { formatSats, success, type Outcome } from '../protocol/index.ts';
import type { CommandRunner } from './command-runner.ts';
import type { Config } from './config.ts';
import { modelFromEnv } from './model.ts';
import { wholeNumber } from './option-values.ts';
import { table, withoutControls, type Output } from './output.ts';
import { startProgress } from './progress.ts';

const DEFAULT_PORT = 7777;

/** Adds `coinop up`. */
export function addUpCommand(
  program: Command,
  { run, withGrace, withConfig, home, signal }: CommandRunner,
): void {
  withGrace(program.command('up'))
    .description('start a market on this machine with play money, and buy a first job')
    .option('--port <n>', 'loopback port of relay and pages', wholeNumber(0, 65535), DEFAULT_PORT)
    .option('--no-demo', 'do not buy the first job')
    .option('--once', 'end after the first job', false)
    .action((flags: { port: number; demo: boolean; once: boolean; grace: number }) =>
      run((output) => {
        const start = (buyer: FirstBuyer | null) =>
          up({ ...flags, buyer, home: home() }, process.env, output, signal);
        return flags.demo ? withConfig({}, 'customer', (config) => start(firstBuyer(config))) : start(null);
      }),
    );
}

/**
 * The customer's own books, which `wallet reconcile` compares with the wallet that pays; beside the market where they
 * are the books of another wallet.
 */
function firstBuyer({ home, walletUri, databaseUrl, secretKey, onRestored }: Config): FirstBuyer {
  return walletUri === undefined
    ? { dir: join(home, 'customer'), databaseUrl, secretKey, onRestored }
    : { dir: join(home, 'market', 'customer') };
}

/** `coinop up`: the whole market on this machine, a first sale to prove it, then it stays up until the signal. */
async function up(
  options: {
    readonly home: string;
    readonly port: number;
    /** Buys the first sale; `null` only starts the market. */
    readonly buyer: FirstBuyer | null;
    /** Ends after the first sale. */
    readonly once: boolean;
    /** How long running jobs may go on once it ends, seconds. */
    readonly grace: number;
  },
  env: NodeJS.ProcessEnv,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const model = modelFromEnv(env);
  if (!model.ok) return model;
  const dir = join(options.home, 'market');
  const progress = startProgress(process.stderr);
  progress.now('starting relay, bank and services');
  const market = await startMarket({
    dir,
    port: options.port,
    ...(model.value ? { model: model.value } : {}),
    onReady: (part, tookMs) => progress.done(`${part} ready (${Math.round(tookMs)} ms)`),
    onTrouble: (trouble) => output.note(`! ${trouble.message} (${trouble.code})`),
  }).finally(() => progress.stop());
  if (!market.ok) return market;
  try {
    output.note(
      `relay ${market.value.relayUrl}  ${colors.yellow('play money: private regtest, worth nothing')}`,
    );
    if (options.buyer !== null) {
      const sale = await firstSale(market.value, { buyer: options.buyer, output, signal });
      if (!sale.ok) return sale;
    }
    if (!options.once) {
      output.note(whatNext(market.value));
      await aborted(signal);
      output.note('stopping…');
    }
    return success(undefined);
  } finally {
    await market.value.close({ graceMs: options.grace * 1000 });
  }
}

async function firstSale(
  market: Market,
  {
    buyer,
    output,
    signal,
  }: { readonly buyer: FirstBuyer; readonly output: Output; readonly signal: AbortSignal },
): Promise<Outcome<FirstSale>> {
  output.note(`\nBuying: extract the text of ${market.sampleUrl}, then summarize it.\n`);
  const progress = startProgress(process.stderr);
  progress.now('asking for offers', 1);
  const steps: SaleStep[] = [];
  const sale = await buyFirstSale(market, {
    buyer,
    signal,
    onStep: (step) => {
      steps.push(step);
      const amount = step.amountMsat === null ? '' : ` ${formatSats(step.amountMsat)}`;
      progress.now(`${step.job}: ${step.who} ${step.what}${amount}`);
    },
  }).finally(() => progress.stop());
  if (!sale.ok) return sale;
  if (output.json) output.facts({ ...factsOf(sale.value), timeline: steps });
  else {
    output.data(drawTimeline(steps));
    output.data(
      `\n${colors.bold('Summary')}\n${withoutControls(sale.value.summary)}\n\n` +
        `Bought for ${formatSats(sale.value.spentMsat)} of play money in ${Math.round(sale.value.tookMs)} ms.`,
    );
  }
  return sale;
}

function factsOf(sale: FirstSale): Readonly<Record<string, unknown>> {
  return {
    summary: sale.summary,
    spentMsat: sale.spentMsat,
    tookMs: Math.round(sale.tookMs),
    requests: [sale.extract.requestId, sale.summarize.requestId],
    results: [sale.extract.resultEvent.id, sale.summarize.resultEvent.id],
  };
}

/** The steps as people read them: when, who, what, how much, which event. */
function drawTimeline(steps: readonly SaleStep[]): string {
  const rows = steps.map((step) => ({
    ms: Math.round(step.atMs),
    job: step.job,
    who: step.who,
    what: step.what,
    sat: step.amountMsat === null ? '' : Number(step.amountMsat) / 1000,
    event: step.eventId?.slice(0, 12) ?? '',
  }));
  return table(['ms', 'job', 'who', 'what', 'sat', 'event'], rows);
}

function whatNext(market: Market): string {
  return [
    '',
    colors.bold('The market is open. In a browser:'),
    `  ${market.httpUrl}`,
    colors.bold('In another terminal:'),
    `  npx coinop buy 5001 ${market.sampleUrl} --max 50`,
    '  npx coinop buy 5000 README.md --max 50',
    '  npx coinop serve --kind 5050 --price 5 --exec "tr a-z A-Z"',
    `  npx coinop zap ${market.providerLud16} 21`,
    '  npx coinop wallet',
    'Ctrl-C ends it.',
  ].join('\n');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
