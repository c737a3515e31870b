import { join, resolve } from 'node:path';
import * as z from 'zod';
import { openAccount, type Account } from '../account/index.ts';
import { parseJson, success, type Outcome } from '../protocol/index.ts';
import { withdrawServices } from '../provider/index.ts';
import type { ServiceSettings } from '../services/index.ts';
import { readIfThere } from './config-file.ts';
import type { Config } from './config.ts';
import type { Output } from './output.ts';
import { sellersOf } from './sellers.ts';
import { expectedService, serviceIds } from './serve-ids.ts';
import { writeWhole } from './write-whole.ts';

/**
 * `coinop serve --withdraw`: takes back the announcements of everything that was sold under the keys of this account,
 * so that nobody asks for it any more. What a running provider sells is announced again by its next start.
 */
export async function withdrawAll({
  config,
  output,
  signal,
}: {
  readonly config: Config;
  readonly output: Output;
  readonly signal: AbortSignal;
}): Promise<Outcome<void>> {
  const account = await openAccount({ ...config, dir: join(config.home, 'provider'), dataCaps: config.caps });
  if (!account.ok) return account;
  try {
    const sellers = await sellersOf({ ...account.value, services: config.services });
    if (!sellers.ok) return sellers;
    for (const { signer } of sellers.value) {
      const withdrawn = await withdrawServices({ ...account.value, signer }, () => false, { signal });
      output.rows(
        ['provider', 'service'],
        withdrawn.map((service) => ({ provider: signer.pubkey, service })),
      );
    }
    return success(undefined);
  } finally {
    await account.value.close();
  }
}

/** Beside the keys: what the configuration files had sold last, by the public key it was sold under. */
const FILE = 'sold.json';

/** Public key → ids of services. */
const SoldBefore = z.record(z.string(), z.array(z.string()));

/**
 * Takes back the announcements of what the configuration files once sold and do not any more, also from before the last
 * start, and keeps what is sold now for the next time. What other processes sell under the same keys was never in that
 * list and stays. What no relay took back is tried again the next time. Returns what was withdrawn; fails as `sellersOf`.
 */
export async function withdrawUnsold(
  account: Account,
  sold: readonly { readonly pubkey: string; readonly id: string }[],
  signal: AbortSignal,
): Promise<Outcome<readonly string[]>> {
  const before = await soldBefore(account);
  const sellers = await sellersOf({ ...account, services: [] }); // what was sold from here has its key here
  if (!sellers.ok) return sellers;
  const isSold = (pubkey: string, id: string) =>
    sold.some((each) => each.pubkey === pubkey && each.id === id);
  const withdrawn: string[] = [];
  const remembered = new Map(
    [...Map.groupBy(sold, ({ pubkey }) => pubkey)].map(([pubkey, services]) => [
      pubkey,
      services.map(({ id }) => id),
    ]),
  );
  for (const { signer } of sellers.value) {
    const unsold = (before[signer.pubkey] ?? []).filter((id) => !isSold(signer.pubkey, id));
    if (unsold.length === 0) continue;
    const gone = await withdrawServices({ ...account, signer }, (id) => !unsold.includes(id), { signal });
    withdrawn.push(...gone);
    const left = unsold.filter((id) => !gone.includes(id));
    remembered.set(signer.pubkey, [...(remembered.get(signer.pubkey) ?? []), ...left]);
  }
  await writeWhole(join(account.dir, FILE), JSON.stringify(Object.fromEntries(remembered)));
  return success(withdrawn);
}

/**
 * Takes back the announcement of the one service that flags describe, which an earlier start may have made: it cannot be
 * sold any more. Left alone where neither the settings nor an earlier start tell its id, and where the configuration
 * files sell one of that id.
 */
export async function withdrawMissing(
  account: Account,
  settings: ServiceSettings,
  signal: AbortSignal,
): Promise<Outcome<readonly string[]>> {
  const [{ id: told } = { id: null }] = serviceIds([settings], [null]);
  const id = told ?? (await soldByModules(account))[pathOf(settings)] ?? null;
  const ofFile = (await soldBefore(account))[account.signer.pubkey] ?? [];
  if (id === null || ofFile.includes(id)) return success([]);
  return success(await withdrawServices(account, (other) => other !== id, { signal }));
}

/** Beside the keys: as what modules of the command line were sold that say it themselves, by their paths. */
const MODULES_FILE = 'sold-modules.json';
const MAX_MODULES = 200;

/** Keeps as what a module was sold that alone says it, for a start that does not find it any more. */
export async function rememberModule(account: Account, settings: ServiceSettings, id: string): Promise<void> {
  if (settings.module === undefined || expectedService(settings) !== null) return;
  const path = pathOf(settings);
  const others = Object.entries(await soldByModules(account)).filter(([other]) => other !== path);
  const kept = [...others.slice(1 - MAX_MODULES), [path, id]];
  await writeWhole(join(account.dir, MODULES_FILE), JSON.stringify(Object.fromEntries(kept)));
}

function pathOf({ module }: ServiceSettings): string {
  return resolve(module?.path ?? '');
}

async function soldByModules({ dir }: Account): Promise<Readonly<Record<string, string>>> {
  const kept = parseJson((await readIfThere(join(dir, MODULES_FILE))) ?? '{}');
  return z.record(z.string(), z.string()).safeParse(kept).data ?? {};
}

async function soldBefore({ dir }: Account): Promise<z.infer<typeof SoldBefore>> {
  return SoldBefore.safeParse(parseJson((await readIfThere(join(dir, FILE))) ?? '{}')).data ?? {};
}
