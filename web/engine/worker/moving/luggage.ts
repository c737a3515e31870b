import { base64 } from '@scure/base';
import { isHex32, isRecord, msat, parseEvent, parseJson, parseMsat } from '../../../../src/protocol/index.ts';
import type { Skill, WrittenWords } from '../../work-contract.ts';
import { readPackedEcash, type PackedEcash } from '../ecash/ecash-luggage.ts';
import type { KeptWordsOfJob } from '../kept-words.ts';
import type { KeptDraft } from '../working/drafts.ts';
import type { Profile } from '../working/kept-profile.ts';

/** Everything of one identity that leaves a browser and goes on in another; secrets are under a password. */
export interface Luggage {
  readonly ownerPubkey: string;
  /** `null` when nothing was ever announced. */
  readonly work: { readonly ncryptsec: string; readonly profile: Profile } | null;
  /** `null` when no mint was ever trusted. */
  readonly ecash: PackedEcash | null;
  readonly drafts: ReadonlyMap<string, KeptDraft>;
  readonly words: readonly WordsOfJob[];
  /** As `BrowserLedger.exportText` writes them. */
  readonly booksText: string;
}

/** What was written about one job, and on which side of it the own key is. */
export interface WordsOfJob extends KeptWordsOfJob {
  readonly side: 'bought' | 'sold';
  readonly requestId: string;
}

const FORMAT = 'coinop-browser-1';
/** As the books bound themselves, and some files beside them. */
const MAX_TEXT_CHARS = 500_000_000;

/** Writes luggage as JSON. */
export async function writeLuggage(luggage: Luggage): Promise<string> {
  const { ownerPubkey, work, ecash, words, booksText } = luggage;
  const drafts = await Promise.all(
    [...luggage.drafts].map(async ([requestId, { draft, submitted }]) => ({
      requestId,
      submitted,
      content: draft.content,
      mediaType: draft.mediaType,
      file: draft.file === null ? null : await writtenFile(draft.file),
    })),
  );
  const head = { format: FORMAT, owner: ownerPubkey, work: work && writtenWork(work), ecash, drafts, words };
  return `${JSON.stringify(head).slice(0, -1)},"books":${booksText}}`;
}

function writtenWork({ ncryptsec, profile }: NonNullable<Luggage['work']>) {
  return {
    ncryptsec,
    ...profile,
    skills: profile.skills.map(writtenSkill),
    retired: profile.retired.map(writtenSkill),
  };
}

function writtenSkill(skill: Skill) {
  return { ...skill, fromMsat: skill.fromMsat.toString() };
}

async function writtenFile({ blob, name }: NonNullable<KeptDraft['draft']['file']>) {
  return { name, type: blob.type, data: base64.encode(new Uint8Array(await blob.arrayBuffer())) };
}

/** Reads what `writeLuggage` wrote; `null` for anything else. The books are read by the ledger. */
export function readLuggage(text: string): Luggage | null {
  const read = text.length > MAX_TEXT_CHARS ? null : parseJson(text);
  if (!isRecord(read) || read['format'] !== FORMAT || !isHex32(read['owner'])) return null;
  const work = read['work'] === null ? null : readWork(read['work']);
  const ecash = read['ecash'] == null ? null : readPackedEcash(read['ecash']);
  if (read['ecash'] != null && ecash === null) return null;
  const drafts = readAll(read['drafts'], readDraft);
  const words = readAll(read['words'], readWordsOfJob);
  if (work === undefined || drafts === null || words === null || !isRecord(read['books'])) return null;
  return {
    ownerPubkey: read['owner'],
    work,
    ecash,
    drafts: new Map(drafts),
    words,
    booksText: JSON.stringify(read['books']),
  };
}

/** Every item, or nothing where one cannot be read. */
function readAll<Item>(list: unknown, read: (item: unknown) => Item | null): readonly Item[] | null {
  if (!Array.isArray(list)) return null;
  const items = list.map(read).filter((item) => item !== null);
  return items.length === list.length ? items : null;
}

function readWork(written: unknown): Luggage['work'] | undefined {
  if (!isRecord(written)) return undefined;
  const { ncryptsec, name, linked } = written;
  const [skills, retired] = [readAll(written['skills'], readSkill), readAll(written['retired'], readSkill)];
  const statement = parseEvent(written['statement']);
  if (typeof ncryptsec !== 'string' || typeof name !== 'string' || skills === null || retired === null)
    return undefined;
  const said = statement.ok ? statement.value : null;
  return { ncryptsec, profile: { name, skills, retired, linked: linked === true, statement: said } };
}

function readSkill(written: unknown): Skill | null {
  if (!isRecord(written)) return null;
  const { id, kind, name, about, fromMsat } = written;
  const from = typeof fromMsat === 'string' ? parseMsat(fromMsat) : null;
  if (typeof id !== 'string' || typeof kind !== 'number' || from === null) return null;
  return typeof name === 'string' && typeof about === 'string'
    ? { id, kind, name, about, fromMsat: msat(from) }
    : null;
}

function readDraft(written: unknown): [string, KeptDraft] | null {
  if (!isRecord(written)) return null;
  const { requestId, submitted, content, mediaType } = written;
  const file = written['file'] === null ? null : readFile(written['file']);
  if (!isHex32(requestId) || file === undefined) return null;
  return typeof content === 'string' && typeof mediaType === 'string'
    ? [requestId, { draft: { content, mediaType, file }, submitted: submitted === true }]
    : null;
}

function readFile(written: unknown): KeptDraft['draft']['file'] | undefined {
  if (!isRecord(written)) return undefined;
  const { name, type, data } = written;
  if (typeof name !== 'string' || typeof type !== 'string' || typeof data !== 'string') return undefined;
  try {
    return { name, blob: new Blob([new Uint8Array(base64.decode(data))], { type }) };
  } catch {
    return undefined;
  }
}

function readWordsOfJob(written: unknown): WordsOfJob | null {
  if (!isRecord(written)) return null;
  const { side, requestId, read } = written;
  const words = readAll(written['words'], readWords);
  if ((side !== 'bought' && side !== 'sold') || !isHex32(requestId) || words === null) return null;
  return { side, requestId, words, read: typeof read === 'number' ? read : words.length };
}

function readWords(written: unknown): WrittenWords | null {
  if (!isRecord(written)) return null;
  const { id, mine, by, type, text, at } = written;
  if (type !== 'question' && type !== 'revision' && type !== 'note') return null;
  return typeof id === 'string' && typeof text === 'string' && typeof at === 'number' && isHex32(by)
    ? { id, mine: mine === true, by, type, text, at }
    : null;
}
