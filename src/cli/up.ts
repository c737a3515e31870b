import { join } from 'node:path';
import type { Command } from 'commander';
import colors from 'picocolors';
import { buyFirstSale, startMarket, type FirstSale, type Market, type SaleStep } from '../market/index.ts';
import { formatSats, success, type Outcome } from '../protocol/index.ts';
import type { CommandRunner } from './command-runner.ts';
import { modelFromEnv } from './model.ts';
import { wholeNumber } from './option-values.ts';
import { table, withoutControls, type Output } from './output.ts';
import { startProgress } from './progress.ts';

const DEFAULT_PORT = 7777;

/** Adds `coinop up`. */
export function addUpCommand(program: Command, { run, home, signal }: CommandRunner): void {
  program
    .command('up')
    .description('start a market on this machine with play money, and buy a first job')
    .option('--port <n>', 'loopback port of relay and pages', wholeNumber(0, 65535), DEFAULT_PORT)
    .option('--no-demo', 'do not buy the first job')
    .option('--once', 'end after the first job', false)
    .action((flags: { port: number; demo: boolean; once: boolean }) =>
      run((output) => up({ ...flags, home: home() }, process.env, output, signal)),
    );
}

/** `coinop up`: the whole market on this machine, a first sale to prove it, then it stays up until the signal. */
async function up(
  options: {
    readonly home: string;
    readonly port: number;
    /** Buys the first sale; `false` only starts the market. */
    readonly demo: boolean;
    /** Ends after the first sale. */
    readonly once: boolean;
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
    if (options.demo) {
      const sale = await firstSale(market.value, { dir, output, signal });
      if (!sale.ok) return sale;
    }
    if (!options.once) {
      output.note(whatNext(market.value));
      await aborted(signal);
      output.note('stopping…');
    }
    return success(undefined);
  } finally {
    await market.value.close();
  }
}

async function firstSale(
  market: Market,
  { dir, output, signal }: { readonly dir: string; readonly output: Output; readonly signal: AbortSignal },
): Promise<Outcome<FirstSale>> {
  output.note(`\nBuying: extract the text of ${market.sampleUrl}, then summarize it.\n`);
  const progress = startProgress(process.stderr);
  progress.now('asking for offers', 1);
  const steps: SaleStep[] = [];
  const sale = await buyFirstSale(market, {
    dir,
    signal,
    onStep: (step) => {
      steps.push(step);
      progress.now(`${step.job}: ${step.who} ${step.what}`);
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
    colors.bold('The market is open. In another terminal, try:'),
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
