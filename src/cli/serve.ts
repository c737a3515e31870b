import { join } from 'node:path';
import { forwardEarnings, openAccount, type Account } from '../account/index.ts';
import {
  formatSats,
  satsToMsat,
  success,
  type ExchangeMode,
  type Failure,
  type Outcome,
} from '../protocol/index.ts';
import { startProvider, type TrustPolicy } from '../provider/index.ts';
import { execService } from '../services/index.ts';
import type { Config } from './config.ts';
import { explainThrown } from './explain-thrown.ts';
import type { Output } from './output.ts';

/** The arguments of `coinop serve`. */
export interface ServeArguments {
  readonly kind: number;
  readonly priceSats: number;
  readonly command: string;
  readonly name: string | undefined;
  readonly timeoutSeconds: number;
  readonly concurrency: number;
  /** Modes it sells by, best first; what the price implies when left out. */
  readonly exchanges: readonly ExchangeMode[] | undefined;
  /** Also answers requests of the first draft (kind 68001). */
  readonly firstDraft: boolean;
  /** Builds on another job's result only when that was accepted. */
  readonly waitForPayment: boolean;
  /** The lightning address that the wallet serves. */
  readonly lud16: string | undefined;
  /** Prices up to which customers who always paid so far are worked for, and delivered to, unpaid. */
  readonly workUnpaidSats: number;
  readonly deliverUnpaidSats: number;
  /** Trusts customers without a record as well. */
  readonly trustStrangers: boolean;
}

/** `coinop serve`: sells a command, one job at a line of stdin → stdout, until the signal. */
export async function serve(
  args: ServeArguments,
  config: Config,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const account = await openAccount({
    ...config,
    dir: join(config.home, 'provider'),
    dataCaps: config.caps,
  });
  if (!account.ok) return account;
  try {
    return await sell(args, account.value, { config, output, signal });
  } finally {
    await account.value.close();
  }
}

async function sell(
  args: ServeArguments,
  account: Account,
  {
    config,
    output,
    signal,
  }: { readonly config: Config; readonly output: Output; readonly signal: AbortSignal },
): Promise<Outcome<void>> {
  const provider = await startProvider({
    ...account,
    dialects: args.firstDraft ? ['nip-90', 'first-draft'] : ['nip-90'],
    trust: trustOf(args),
    ...(args.lud16 === undefined ? {} : { lud16: args.lud16 }),
    services: [
      {
        ...execService({
          kind: args.kind,
          priceSats: args.priceSats,
          command: args.command,
          shell: true,
          name: args.name ?? `Kind ${args.kind}`,
          timeoutMs: args.timeoutSeconds * 1000,
          concurrency: args.concurrency,
        }),
        ...(args.exchanges === undefined ? {} : { exchanges: args.exchanges }),
        ...(args.waitForPayment ? { chainedInputs: 'wait-for-payment' as const } : {}),
      },
    ],
    onChange: (sale) => {
      const at = new Date(sale.updatedAt * 1000).toISOString();
      if (output.json)
        output.facts({ at, job: sale.requestId, work: sale.work, money: sale.money, failure: sale.failure });
      else
        output.note(
          `${at.slice(11, 19)} job ${sale.requestId.slice(0, 12)} ${sale.work}, money ${sale.money}${sale.failure ? `: ${sale.failure.code}` : ''}`,
        );
    },
    onTrouble: (trouble) => output.note(`! ${trouble.message} (${trouble.code})`),
  });
  if (!provider.ok) return provider;
  output.note(
    `● selling kind ${args.kind} for ${formatSats(satsToMsat(args.priceSats))}${config.localMarket ? ' of play money' : ''} as ${provider.value.pubkey} on ${config.relayUrls.join(', ')}`,
  );
  const forwarding = forwardWhileServing(account, { config, output, signal });
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  output.note('finishing what is running…');
  await forwarding;
  await provider.value.close();
  return success(undefined);
}

/** Forwards earnings by the rule of the configuration, where there is one, until the signal. */
async function forwardWhileServing(
  { ledger, wallet, signer, fetchInput: fetch, now, dir }: Account,
  { config, output, signal }: Parameters<typeof sell>[2],
): Promise<void> {
  if (config.forward === undefined || wallet === null) return;
  const trouble = ({ code, message }: Failure): void => output.note(`! ${message} (${code})`);
  const ended = await forwardEarnings({
    ledger,
    wallet,
    pubkey: signer.pubkey,
    fetch,
    now,
    dir,
    signal,
    rule: config.forward,
    onForwarded: ({ amountMsat, to }) => output.note(`forwarded ${formatSats(amountMsat)} to ${to}`),
    onTrouble: trouble,
  }).catch((error: unknown) => ({ ok: false as const, failure: explainThrown(error) }));
  if (!ended.ok) trouble(ended.failure);
}

/** Who left anything unpaid is trusted with nothing any more. */
function trustOf(args: ServeArguments): TrustPolicy {
  return ({ paidSales, unpaidSales }) => {
    const isTrusted = unpaidSales === 0 && (paidSales > 0 || args.trustStrangers);
    return {
      workUnpaidUpToMsat: satsToMsat(isTrusted ? args.workUnpaidSats : 0),
      deliverUnpaidUpToMsat: satsToMsat(isTrusted ? args.deliverUnpaidSats : 0),
    };
  };
}
