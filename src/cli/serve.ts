import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { isDeepStrictEqual } from 'node:util';
import { forwardEarnings, openAccount, type Account } from '../account/index.ts';
import type { Signer } from '../keys/index.ts';
import type { Log, Operations } from '../operations/index.ts';
import { formatSats, success, type Failure, type Outcome } from '../protocol/index.ts';
import type { SaleOperator } from '../provider/index.ts';
import type { ServiceSettings } from '../services/index.ts';
import { readSelling, type Config } from './config.ts';
import { explainThrown } from './explain-thrown.ts';
import { withOperations, type OperateFlags } from './operate.ts';
import type { Output } from './output.ts';
import { openAccess, type SellingPolicy } from './selling-rules.ts';
import { NOTHING_TO_SELL, priceWords } from './serve-check.ts';
import { expectedService } from './serve-ids.ts';
import { nameOf } from './serve-offers.ts';
import { createStalls, openKeys, type StallReport, type Stalls } from './serve-stalls.ts';
import { rememberModule, withdrawMissing, withdrawUnsold } from './serve-withdraw.ts';

/** The arguments of `coinop serve`. */
export interface ServeArguments extends OperateFlags {
  readonly services: readonly ServiceSettings[];
  /** Who is served and trusted by all of them. */
  readonly policy: SellingPolicy;
  /** The services are those of the configuration files, which SIGHUP reads again. */
  readonly followsFile: boolean;
  /** Also answers requests of the first draft (kind 68001). */
  readonly firstDraft: boolean;
  /** The lightning address that the wallet serves. */
  readonly lud16?: string | undefined;
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
    return await withOperations(
      args,
      {
        ...stage,
        account: account.value,
        services: args.services.flatMap((settings) => expectedService(settings) ?? []),
        alsoSellingAs: operatorsOf(keys.value.signers, account.value),
      },
      (operations, log) => sell(args, { ...stage, account: account.value, operations, log }),
    );
  } finally {
    await account.value.close();
  }
}

/** Whose sales are watched: of all keys of services. */
function operatorsOf(keys: ReadonlyMap<string, Signer>, { ledger, relayUrls, now }: Account): SaleOperator[] {
  return [...keys.values()].map((signer) => ({ signer, ledger, relayUrls, now }));
}

type Selling = Stage & { readonly account: Account; readonly operations: Operations; readonly log: Log };

async function sell(args: ServeArguments, selling: Selling): Promise<Outcome<void>> {
  const { account, operations, output, log, signal } = selling;
  const graceMs = args.grace * 1000;
  const closed = new AbortController();
  const access = await openAccess(args.policy.access, {
    signal: closed.signal,
    onTrouble: (trouble) => operations.onTrouble(trouble, null),
  });
  if (!access.ok) {
    closed.abort();
    return access;
  }
  const stalls = createStalls({
    account,
    graceMs,
    signal,
    tellOperator: (words, about) => log.info(words, about),
    ledger: account.ledger,
    wallet: operations.wallet,
    relays: operations.relays,
    connectAs: (signer) => operations.observe(account.connectAs(signer)),
    relayUrls: account.relayUrls,
    access: operations.access(access.value),
    onChange: operations.onChange,
    onRescue: operations.onRescue,
    onTrouble: operations.onTrouble,
    dialects: args.firstDraft ? ['nip-90', 'first-draft'] : ['nip-90'],
    trust: args.policy.trust,
    limits: args.policy.limits,
    balances: args.policy.balances,
    ...(args.lud16 === undefined ? {} : { lud16: args.lud16 }),
  });
  try {
    const report = await stalls.change(args.services);
    sayReport(report, selling);
    if (stalls.sold().length === 0) {
      // A provider that did not start, for its wallet is silent, may do so the next time.
      if (report.failures.length === 0) await withdrawGone(args, stalls, selling);
      return {
        ok: false,
        failure: report.failures[0] ?? report.missing[0]?.failure ?? NOTHING_TO_SELL,
      };
    }
    sayWhatIsSold(stalls, selling);
    await rememberFlags(args, stalls, selling);
    const forwarding = forwardWhileServing(selling);
    const following = args.followsFile ? followFile(stalls, selling) : null;
    if (!signal.aborted) await once(signal, 'abort');
    output.note('finishing what is running…');
    await following;
    await forwarding;
    return success(undefined);
  } finally {
    await stalls.close(graceMs);
    closed.abort();
  }
}

/** A later start may not find what the command line names now. */
async function rememberFlags(
  { followsFile, services: [service] }: ServeArguments,
  stalls: Stalls,
  { account }: Selling,
): Promise<void> {
  const [sold] = stalls.sold();
  if (!followsFile && service !== undefined && sold !== undefined)
    await rememberModule(account, service, sold.offer.service.id);
}

/** What an earlier start announced, and nothing of it can be sold by this one. */
async function withdrawGone(
  { followsFile, services: [service] }: ServeArguments,
  stalls: Stalls,
  selling: Selling,
): Promise<void> {
  if (followsFile) await withdrawOld(stalls, selling);
  else if (service !== undefined)
    await withdraw(selling, () => withdrawMissing(selling.account, service, selling.signal));
}

/** What the file sold before and does not any more. */
function withdrawOld(stalls: Stalls, selling: Selling): Promise<void> {
  const sold = stalls.sold().map(({ offer, pubkey }) => ({ pubkey, id: offer.service.id }));
  return withdraw(selling, () => withdrawUnsold(selling.account, sold, selling.signal));
}

/** Where books are shared, another machine may still sell what this one does not: there `--withdraw` is for people. */
async function withdraw(
  { config, output, log, signal }: Selling,
  takeBack: () => ReturnType<typeof withdrawUnsold>,
): Promise<void> {
  if (config.databaseUrl !== undefined || signal.aborted) return; // the next start does it
  const withdrawn = await takeBack().catch((error: unknown) => ({
    ok: false as const,
    failure: explainThrown(error),
  }));
  if (!withdrawn.ok && signal.aborted) return;
  if (!withdrawn.ok) return log.warn(withdrawn.failure.message, { code: withdrawn.failure.code });
  for (const id of withdrawn.value) output.note(`○ no longer sold: ${id}; its announcement is withdrawn`);
}

/** Reads the configuration files again at each SIGHUP, until the signal. A file with a fault changes nothing. */
async function followFile(stalls: Stalls, selling: Selling): Promise<void> {
  const { account, config, operations, output, log, signal } = selling;
  let changing = withdrawOld(stalls, selling); // what an earlier start sold by them
  const reload = async (): Promise<void> => {
    const read = await readSelling(config.home);
    if (!read.ok) return log.error(read.failure.message, { code: read.failure.code });
    const { services, sellingRules } = read.value;
    if (services.length === 0) {
      const { code, message } = NOTHING_TO_SELL;
      return log.error(message, { code });
    }
    if (!isDeepStrictEqual(sellingRules, config.sellingRules))
      log.warn('[access], [trust] and [limits] have changed, which holds from the next start of coinop.');
    const keys = await openKeys(account, services);
    if (keys.ok) operations.sellAs(operatorsOf(keys.value.signers, account));
    sayReport(await stalls.change(services), selling);
    output.note('read the services again');
    sayWhatIsSold(stalls, selling);
    await withdrawOld(stalls, selling);
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

function sayReport({ missing, warnings, failures }: StallReport, { log }: Selling): void {
  for (const {
    settings,
    failure: { code, message },
  } of missing)
    log.warn(`not sold: ${nameOf(settings)}. ${message}`, { code });
  for (const { code, message } of warnings) log.warn(message, { code });
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
