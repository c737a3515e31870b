import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { formatNcryptsec, parseSecretKey, pubkeyOf } from '../../../../src/keys/index.ts';
import type { BrowserLedger } from '../../../../src/ledger/browser.ts';
import { failure, success, type Outcome } from '../../../../src/protocol/index.ts';
import { isUnused, moveEcashIn, openPacked, packEcash, type PackedEcash } from '../ecash/ecash-luggage.ts';
import type { ShopEcash } from '../ecash/shop-ecash.ts';
import { readWordsOf, WORDS_PREFIX, wordsName } from '../kept-words.ts';
import { HAS_BOUGHT, keptWork, type Vault } from '../vault.ts';
import { DRAFT_PREFIX, draftName, type KeptDraft } from '../working/drafts.ts';
import { readProfile, type Profile } from '../working/kept-profile.ts';
import { benchClaim, shopClaim } from './browser-claim.ts';
import { readLuggage, writeLuggage, type Luggage, type WordsOfJob } from './luggage.ts';

/** Where the belongings of one identity are. */
export interface Home {
  readonly vault: Vault;
  readonly ledger: BrowserLedger;
  readonly ecash: Pick<ShopEcash, 'open' | 'openKept'>;
  readonly ownerPubkey: string;
}

const MIN_PASSWORD_CHARS = 10;
/** Files of drafts, all together: the text that carries them is held in memory. */
const MAX_FILE_BYTES = 64 * 2 ** 20;

/**
 * Packs the books, the worker key and the ecash under the password, drafts and what was written, as JSON text. Fails
 * with `password-needed` where there is a worker key or ecash and the password is missing or short, and with `files-too-large`.
 */
export async function packUp(home: Home, password: string | null): Promise<Outcome<string>> {
  const { vault, ledger, ownerPubkey } = home;
  const names = keptWork(ownerPubkey);
  const [key, profile] = [await vault.readSecret(names.key), await readProfile(vault, names.profile)];
  const isWorker = key !== null && profile !== null;
  const ecash = await home.ecash.openKept();
  if ((isWorker || ecash !== null) && (password === null || password.length < MIN_PASSWORD_CHARS))
    return PASSWORD_NEEDED;
  const drafts = isWorker ? await draftsOf(home, pubkeyOf(hexToBytes(key))) : new Map<string, KeptDraft>();
  const bytes = [...drafts.values()].reduce((sum, { draft }) => sum + (draft.file?.blob.size ?? 0), 0);
  if (bytes > MAX_FILE_BYTES)
    return failure(
      'files-too-large',
      'The files of your drafts are too large for a copy: deliver some first.',
    );
  const luggage: Luggage = {
    ownerPubkey,
    work: isWorker ? { ncryptsec: formatNcryptsec(hexToBytes(key), password ?? ''), profile } : null,
    ecash: ecash === null ? null : await packEcash(ecash, password ?? ''),
    drafts,
    words: await wordsOf(home, isWorker ? pubkeyOf(hexToBytes(key)) : null),
    booksText: await ledger.exportText([ownerPubkey, ...(isWorker ? [pubkeyOf(hexToBytes(key))] : [])]),
  };
  await shopClaim(vault, ownerPubkey).begin();
  if (isWorker) await benchClaim(vault, ownerPubkey).begin();
  return success(await writeLuggage(luggage));
}

/**
 * Unpacks into a browser that has no books and no worker key of this identity. Fails with `unreadable-books`,
 * `other-owner`, `password-needed`, `key-password-wrong`, or `books-in-use`.
 */
export async function unpack(home: Home, text: string, password: string | null): Promise<Outcome<void>> {
  const { vault, ownerPubkey } = home;
  const luggage = readLuggage(text);
  if (luggage === null) return fillBooks(home, text);
  if (luggage.ownerPubkey !== ownerPubkey)
    return failure('other-owner', 'This copy belongs to another key: sign in with that one first.');
  if (luggage.work !== null && (await vault.readSecret(keptWork(ownerPubkey).key)) !== null)
    return KEY_IN_USE;
  const opened = luggage.work === null ? null : openKey(luggage.work.ncryptsec, password);
  if (opened?.ok === false) return opened;
  const coins = luggage.ecash === null ? null : await openEcash(home, luggage.ecash, password);
  if (coins?.ok === false) return coins;
  const filled = await fillBooks(home, luggage.booksText);
  if (!filled.ok) return filled;
  if (coins !== null) await coins.value();
  if (luggage.work !== null && opened !== null) await moveIn(home, luggage.work.profile, opened.value);
  for (const [requestId, draft] of luggage.drafts) await vault.write(draftName(requestId), draft);
  for (const { side, requestId, words, read } of luggage.words)
    await vault.write(wordsName(side, requestId), { words, read });
  return success(undefined);
}

function openKey(ncryptsec: string, password: string | null): Outcome<Uint8Array> {
  return password === null || password === '' ? PASSWORD_NEEDED : parseSecretKey(ncryptsec, password);
}

/** Opens the ecash of a copy where there is none yet; the value moves it in. */
async function openEcash(
  { vault, ownerPubkey, ecash }: Home,
  packed: PackedEcash,
  password: string | null,
): Promise<Outcome<() => Promise<void>>> {
  const opened = openKey(packed.ncryptsec, password);
  if (!opened.ok) return opened;
  const [secretKey, page] = [opened.value, await ecash.open()];
  if (!(await isUnused(page))) return ECASH_IN_USE;
  const rows = await openPacked(packed, secretKey);
  if (rows === null) return failure('unreadable-books', 'The ecash of this copy is damaged.');
  const { mints } = packed;
  return success(() => moveEcashIn({ vault, ownerPubkey, page }, { mints, secretKey, rows }));
}

async function moveIn({ vault, ownerPubkey }: Home, profile: Profile, key: Uint8Array): Promise<void> {
  const names = keptWork(ownerPubkey);
  await vault.writeSecret(names.key, bytesToHex(key));
  await benchClaim(vault, ownerPubkey).take();
  await vault.write(names.profile, profile);
}

/** From now on the purchases go on here. */
async function fillBooks({ vault, ledger, ownerPubkey }: Home, booksText: string): Promise<Outcome<void>> {
  const imported = await ledger.importText(booksText);
  if (!imported.ok) return imported;
  await shopClaim(vault, ownerPubkey).take();
  await vault.write(HAS_BOUGHT, true);
  return imported;
}

async function draftsOf({ vault, ledger }: Home, workerPubkey: string): Promise<Map<string, KeptDraft>> {
  const drafts = new Map<string, KeptDraft>();
  for (const name of await vault.names(DRAFT_PREFIX)) {
    const requestId = name.slice(DRAFT_PREFIX.length);
    const kept = await vault.read<KeptDraft>(name);
    if (kept !== null && (await ledger.sales.get(workerPubkey, requestId)) !== null)
      drafts.set(requestId, kept);
  }
  return drafts;
}

/** Of the own jobs and purchases only: others may have signed in here as well. */
async function wordsOf(
  { vault, ledger, ownerPubkey }: Home,
  workerPubkey: string | null,
): Promise<WordsOfJob[]> {
  const found: WordsOfJob[] = [];
  for (const name of await vault.names(WORDS_PREFIX)) {
    const [side, requestId = ''] = name.slice(WORDS_PREFIX.length).split(':');
    if (side !== 'bought' && side !== 'sold') continue;
    const isOwn =
      side === 'bought'
        ? (await ledger.purchases.get(requestId))?.customerPubkey === ownerPubkey
        : workerPubkey !== null && (await ledger.sales.get(workerPubkey, requestId)) !== null;
    if (isOwn) found.push({ side, requestId, ...(await readWordsOf(vault, side, requestId)) });
  }
  return found;
}

const PASSWORD_NEEDED = failure(
  'password-needed',
  `The copy holds the key that you work under, or your ecash: it takes a password of at least ${MIN_PASSWORD_CHARS} characters.`,
  { least: MIN_PASSWORD_CHARS },
);
const ECASH_IN_USE = failure(
  'books-in-use',
  'There is ecash in this browser already: a copy is only read into one that never had any.',
);
const KEY_IN_USE = failure(
  'books-in-use',
  'You have announced services from this browser already: a copy is only read into one that has none.',
);
