import { join } from 'node:path';
import type { Account } from '../account/index.ts';
import { NO_LISTS, parseProviderLists, type ProviderLists } from '../directory/index.ts';
import { failure, parseJson, type Outcome } from '../protocol/index.ts';
import { readIfThere } from './config-file.ts';
import { writeWhole } from './write-whole.ts';

/** In the directory of the account, readable by its owner alone: whom somebody avoids is nobody's business. */
const FILE = 'providers.json';

/** Whom this account blocks or allows. Fails with `malformed-lists`, so that a broken file unblocks nobody. */
export async function readLists({ dir }: Pick<Account, 'dir'>): Promise<Outcome<ProviderLists>> {
  const path = join(dir, FILE);
  const text = await readIfThere(path);
  if (text === null) return { ok: true, value: NO_LISTS };
  const lists = parseProviderLists(parseJson(text));
  return lists.ok
    ? lists
    : failure(lists.failure.code, `${path}: ${lists.failure.message}`, lists.failure.data);
}

/** Keeps the lists: whole or not at all. */
export async function writeLists({ dir }: Pick<Account, 'dir'>, lists: ProviderLists): Promise<void> {
  await writeWhole(join(dir, FILE), JSON.stringify(lists, null, 2));
}
