import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { forwardEarnings, openAccount, type Account } from '../account/index.ts';
import type { Log, Operations } from '../operations/index.ts';
import { formatSats, satsToMsat, success, type Failure, type Outcome } from '../protocol/index.ts';
import type { TrustPolicy } from '../provider/index.ts';
import type { ServiceSettings } from '../services/index.ts';
import { readServices, type Config } from './config.ts';
import { explainThrown } from './explain-thrown.ts';
import { withOperations, type OperateFlags } from './operate.ts';
import type { Output } from './output.ts';
import { NOTHING_TO_SELL, priceWords } from './serve-check.ts';
import { expectedService, nameOf } from './serve-offers.ts';
import { createStalls, openKeys, type StallReport, type Stalls } from './serve-stalls.ts';

/** The arguments of `coinop serve`. */
export interface ServeArguments extends OperateFlags {
  readonly services: readonly ServiceSettings[];
  /** The services are those of the configuration files, which SIGHUP reads again. */
  readonly followsFile: boolean;
  /** Also answers requests of the first draft (kind 68001). */
  readonly firstDraft: boolean;
  /** The lightning address that the wallet serves. */
  readonly lud16?: string | undefined;
  /** Prices up to which customers who always paid so far are worked for, and delivered to, unpaid. */
  readonly workUnpaid: number;
  readonly deliverUnpaid: number;
  /** Trusts customers without a record as well. */
  readonly trustStrangers: boolean;
  /** How many seconds running jobs may go on when the process is asked to end. */
  readonly grace: number;
}

/** What the command is part of. */
interface Stage {
  readonly config: Config;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/**
 * `coinop serve`: sells the services until the signal. What is missing for one is said and keeps none of the others
 * from being sold. Fails with `nothing-to-sell`, or why the only service or provider did not start.
 */
export async function serve(args: ServeArguments, stage: Stage): Promise<Outcome<void>> {
  if (args.services.length === 0) return { ok: false, failure: NOTHING_TO_SELL };
  const { config } = stage;
  const account = await openAccount({ ...config, dir: join(config.home, 'provider'), dataCaps: config.caps });
  if (!account.ok) return account;
  try {
    const keys = await openKeys(account.value, args.services);
    if (!keys.ok) return keys;
    const { ledger, relayUrls, now, signer: own } = account.value;
    return await withOperations(
      args,
      {
        ...stage,
        account: account.value,
        services: args.services.flatMap((settings) => expectedService(settings) ?? []),
        alsoSellingAs: [...keys.value.values()]
          .filter((signer) => signer !== own)
          .map((signer) => ({ signer, ledger, relayUrls, now })),
      },
      (operations, log) => sell(args, { ...stage, account: account.value, operations, log }),
    );
  } finally {
    await account.value.close();
  }
}

type Selling = Stage & { readonly account: Account; readonly operations: Operations; readonly log: Log };

async function sell(args: ServeArguments, selling: Selling): Promise<Outcome<void>> {
  const { account, operations, output, signal } = selling;
  const graceMs = args.grace * 1000;
  const stalls = createStalls({
    account,
    graceMs,
    signal,
    ledger: account.ledger,
    wallet: operations.wallet,
    relays: operations.relays,
    relayUrls: account.relayUrls,
    access: operations.access(),
    onChange: operations.onChange,
    onTrouble: operations.onTrouble,
    dialects: args.firstDraft ? ['nip-90', 'first-draft'] : ['nip-90'],
    trust: trustOf(args),
    ...(args.lud16 === undefined ? {} : { lud16: args.lud16 }),
  });
  try {
    const report = await stalls.change(args.services);
    sayReport(report, selling);
    if (stalls.sold().length === 0)
      return {
        ok: false,
        failure: report.failures[0] ?? report.missing[0]?.failure ?? NOTHING_TO_SELL,
      };
    sayWhatIsSold(stalls, selling);
    const forwarding = forwardWhileServing(selling);
    const following = args.followsFile ? followFile(stalls, selling) : null;
    if (!signal.aborted) await once(signal, 'abort');
    output.note('finishing what is running…');
    await following;
    await forwarding;
    return success(undefined);
  } finally {
    await stalls.close(graceMs);
  }
}

/** Reads the configuration files again at each SIGHUP, until the signal. A file with a fault changes nothing. */
async function followFile(stalls: Stalls, selling: Selling): Promise<void> {
  const { config, output, log, signal } = selling;
  let changing = Promise.resolve();
  const reload = async (): Promise<void> => {
    const services = await readServices(config.home);
    if (!services.ok) return log.error(services.failure.message, { code: services.failure.code });
    if (services.value.length === 0) {
      const { code, message } = NOTHING_TO_SELL;
      return log.error(message, { code });
    }
    sayReport(await stalls.change(services.value), selling);
    output.note('read the services again');
    sayWhatIsSold(stalls, selling);
  };
  const onHangup = (): void => {
    changing = changing.then(reload).catch((error: unknown) => {
      const { code, message } = explainThrown(error);
      log.error(message, { code });
    });
  };
  process.on('SIGHUP', onHangup);
  try {
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    process.off('SIGHUP', onHangup);
    await changing;
  }
}

function sayReport({ missing, failures }: StallReport, { log }: Selling): void {
  for (const {
    settings,
    failure: { code, message },
  } of missing)
    log.warn(`not sold: ${nameOf(settings)}. ${message}`, { code });
  for (const { code, message } of failures) log.error(message, { code });
}

function sayWhatIsSold(stalls: Stalls, { config, output }: Selling): void {
  for (const { offer, pubkey } of stalls.sold()) {
    const { kind, name } = offer.service;
    const price = `${priceWords(offer.service)}${config.localMarket ? ' of play money' : ''}`;
    output.note(
      `● selling kind ${kind} (${name}) for ${price} as ${pubkey} on ${config.relayUrls.join(', ')}`,
    );
  }
}

/** Forwards earnings by the rule of the configuration, where there is one, until the signal. */
async function forwardWhileServing({ account, config, output, log, signal }: Selling): Promise<void> {
  const { ledger, wallet, signer, fetchInput: fetch, now, dir } = account;
  if (config.forward === undefined || wallet === null) return;
  const trouble = ({ code, message }: Failure): void => log.warn(message, { code });
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
      workUnpaidUpToMsat: satsToMsat(isTrusted ? args.workUnpaid : 0),
      deliverUnpaidUpToMsat: satsToMsat(isTrusted ? args.deliverUnpaid : 0),
    };
  };
}
