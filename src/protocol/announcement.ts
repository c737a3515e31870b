import { isHex32, type EventTemplate, type NostrEvent } from './event.ts';
import { isJobKind } from './job.ts';
import { MAX_MSAT, satsToMsat, ZERO_MSAT, type Msat } from './msat.ts';
import { failure, success, type Outcome } from './outcome.ts';
import { allValues, firstTag } from './tag-reading.ts';
import { isRecord, parseJson } from './untrusted-json.ts';

/** Announcements of job providers are NIP-89 handler information. */
export const ANNOUNCEMENT_KIND = 31990;

/** What marks the `p` tag that names who runs a provider. */
export const OPERATOR_MARKER = 'operator';

/** A parameter as announced in `nip90Params`; no `values` means anything goes. */
export interface AnnouncedParam {
  readonly required: boolean;
  readonly values: readonly string[];
  readonly description: string | null;
}

/**
 * The price on the sign. `fixed` amounts are documented as sats but some clients read them as millisatoshis, so
 * `msat` is a hint for sorting; only the `amount` tag of feedback or a result binds. Of a `flexible` price it is the
 * least, where that is named.
 */
export interface AnnouncedAmount {
  readonly pricing: 'free' | 'flexible' | 'subscription' | 'fixed' | 'unknown';
  readonly msat: Msat | null;
  readonly raw: string | null;
}

/** A service as its provider announces it (NIP-89 kind 31990 with NIP-90 fields), as read. */
export interface Announcement {
  readonly event: NostrEvent;
  readonly pubkey: string;
  /** The `d` tag; empty where the sender left it out. */
  readonly identifier: string;
  /** Job request kinds served, ascending; never empty. */
  readonly kinds: readonly number[];
  readonly name: string | null;
  readonly about: string | null;
  readonly picture: string | null;
  /** Who sells it, as that person or company is called; untrusted words, like the name of the service. */
  readonly seller: string | null;
  /** A person does the work and says the price of each job. */
  readonly byHand: boolean;
  readonly amount: AnnouncedAmount;
  readonly lud16: string | null;
  /** The person's key that it says it is run by; believed only as far as `verifyOperatorLink` goes. */
  readonly operatorPubkey: string | null;
  readonly supportsEncryption: boolean;
  /** Opens files of encrypted requests: our field, which no other software announces. */
  readonly supportsEncryptedFiles: boolean;
  readonly acceptsNutzaps: boolean;
  readonly personalized: boolean;
  readonly subscription: boolean;
  readonly nip90Params: ReadonlyMap<string, AnnouncedParam>;
  readonly topics: readonly string[];
  readonly createdAt: number;
}

/** `not-an-announcement`: another kind of event. `no-job-kinds`: it announces an app, not a job provider. */
export type AnnouncementFailureCode = 'not-an-announcement' | 'no-job-kinds';

/**
 * Reads an announcement leniently: both spellings of every field, fields as tags, empty content (then the
 * profile of the key says more), Python's `True`. Fails with `not-an-announcement` or `no-job-kinds`.
 */
export function parseAnnouncement(event: NostrEvent): Outcome<Announcement, AnnouncementFailureCode> {
  if (event.kind !== ANNOUNCEMENT_KIND)
    return failure('not-an-announcement', `Kind ${event.kind} is not an announcement; that is kind 31990.`, {
      kind: event.kind,
    });
  const kinds = new Set(
    allValues(event.tags, 'k')
      .filter((value) => /^\d{4}$/.test(value))
      .map(Number)
      .filter(isJobKind),
  );
  if (kinds.size === 0)
    return failure(
      'no-job-kinds',
      'The announcement names no job kind; it needs a "k" tag from 5000 to 5999.',
    );
  const fields = readFields(event);
  return success({
    event,
    pubkey: event.pubkey,
    identifier: firstTag(event.tags, 'd')?.[1] ?? '',
    kinds: [...kinds].toSorted((left, right) => left - right),
    name: fields.text('name', 'display_name', 'username'),
    about: fields.text('about'),
    picture: fields.text('picture', 'image'),
    seller: fields.text('seller'),
    byHand: fields.flag('byHand'),
    amount: readAnnouncedAmount(fields.text('amount'), fields.text('amountFrom')),
    lud16: fields.text('lud16'),
    operatorPubkey: readOperator(event),
    supportsEncryption: fields.flag('supportsEncryption', 'encryptionSupported'),
    supportsEncryptedFiles: fields.flag('supportsEncryptedFiles'),
    acceptsNutzaps: fields.flag('acceptsNutZaps', 'cashuAccepted'),
    personalized: fields.flag('personalized'),
    subscription: fields.flag('subscription'),
    nip90Params: readAnnouncedParams(fields.value('nip90Params')),
    topics: [...new Set(allValues(event.tags, 't'))],
    createdAt: event.created_at,
  });
}

/** `["p", key, relay, "operator"]`; a key that runs itself says nothing. */
function readOperator({ tags, pubkey }: NostrEvent): string | null {
  const named = tags.find(([name, , , marker]) => name === 'p' && marker === OPERATOR_MARKER)?.[1];
  return isHex32(named) && named !== pubkey ? named : null;
}

interface Fields {
  readonly value: (...names: readonly string[]) => unknown;
  readonly text: (...names: readonly string[]) => string | null;
  readonly flag: (...names: readonly string[]) => boolean;
}

/** The fields of an announcement by any of their names, from the content or else from tags. */
function readFields(event: NostrEvent): Fields {
  const content = announcedContent(event);
  const value = (...names: readonly string[]): unknown => {
    const inContent = names.find((name) => Object.hasOwn(content, name) && !isEmpty(content[name]));
    if (inContent !== undefined) return content[inContent];
    for (const name of names) {
      const tag = firstTag(event.tags, name);
      if (tag !== undefined) return tag[1];
    }
    return undefined;
  };
  return {
    value,
    text: (...names) => readText(value(...names)),
    flag: (...names) => {
      const stated = value(...names);
      return stated === true || (typeof stated === 'string' && /^true$/i.test(stated));
    },
  };
}

/** The fields that stand in the content of an announcement, as far as it is JSON or Python's idea of it. */
export function announcedContent({
  content,
}: Pick<NostrEvent, 'content'>): Readonly<Record<string, unknown>> {
  const parsed = parseJson(content) ?? parseJson(pythonWordsAsJson(content));
  return isRecord(parsed) ? parsed : {};
}

function isEmpty(value: unknown): boolean {
  return value === null || value === '';
}

/** Some nostrdvm tasks publish a one-element array where a text belongs. */
function readText(value: unknown): string | null {
  const single: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof single === 'number') return String(single);
  return typeof single === 'string' && single.trim() !== '' ? single.trim() : null;
}

/** Rewrites Python's `True`, `False` and `None` outside of strings. */
function pythonWordsAsJson(text: string): string {
  const words: Readonly<Record<string, string>> = { True: 'true', False: 'false', None: 'null' };
  // An unclosed string runs to the end, so that no text makes this scan it again and again.
  const stringsAndWords = /"(?:[^"\\]|\\[^])*(?:"|\\?$)|\b(?:True|False|None)\b/g;
  return text.replace(stringsAndWords, (found) => words[found] ?? found);
}

function readAnnouncedAmount(raw: string | null, from: string | null): AnnouncedAmount {
  const word = raw?.toLowerCase();
  if (word === 'free' || word === 'flexible' || word === 'subscription')
    return { pricing: word, msat: word === 'flexible' ? readSats(from) : null, raw };
  const isFixed = raw !== null && SATS.test(raw);
  return { pricing: isFixed ? 'fixed' : 'unknown', msat: readSats(raw), raw };
}

const SATS = /^\d{1,16}$/;

function readSats(raw: string | null): Msat | null {
  if (raw === null || !SATS.test(raw) || BigInt(raw) * 1000n > MAX_MSAT) return null;
  return satsToMsat(BigInt(raw));
}

function readAnnouncedParams(value: unknown): Map<string, AnnouncedParam> {
  const written = typeof value === 'string' ? parseJson(value) : value;
  const params = new Map<string, AnnouncedParam>();
  if (!isRecord(written)) return params;
  for (const [name, param] of Object.entries(written)) {
    if (!isRecord(param)) continue;
    const values: unknown[] = Array.isArray(param['values']) ? param['values'] : [];
    params.set(name, {
      required: param['required'] === true,
      values: values.map(readText).filter((text) => text !== null),
      description: readText(param['description']),
    });
  }
  return params;
}

/** What a provider announces; `createdAt` is unix seconds. */
export interface AnnouncementDraft {
  /** The `d` tag, stable for the service. */
  readonly identifier: string;
  readonly kinds: readonly number[];
  readonly name: string;
  readonly about: string;
  readonly picture?: string;
  /** Who sells it, as customers read it. */
  readonly seller?: string;
  /** A person does the work and says the price of each job. */
  readonly byHand?: true;
  /** A price in whole sats is announced as such; anything finer as `flexible`. */
  readonly amount: 'free' | 'flexible' | Msat;
  /** What a `flexible` price begins at; announced in whole sats, rounded down. */
  readonly fromMsat?: Msat;
  /** Announce it only where the wallet that is watched serves it. */
  readonly lud16?: string;
  /** Names the person's key that runs the provider; its own statement (kind 30078) is the other half. */
  readonly operatorPubkey?: string;
  readonly supportsEncryption: boolean;
  readonly supportsEncryptedFiles?: true;
  readonly acceptsNutzaps: boolean;
  readonly nip90Params: ReadonlyMap<string, AnnouncedParam>;
  readonly createdAt: number;
}

/** Writes a kind 31990 announcement; fields that clients spell in two ways are written in both. */
export function buildAnnouncement(draft: AnnouncementDraft): EventTemplate {
  const { identifier, kinds, name, about, picture, seller, lud16, operatorPubkey } = draft;
  const { supportsEncryption, acceptsNutzaps } = draft;
  const nip90Params = [...draft.nip90Params].map(([param, { required, values, description }]) => [
    param,
    description === null ? { required, values } : { required, values, description },
  ]);
  const content = {
    name,
    about,
    ...(picture === undefined ? {} : { picture, image: picture }),
    ...(seller === undefined ? {} : { seller }),
    ...(draft.byHand === true ? { byHand: true } : {}),
    ...(lud16 === undefined ? {} : { lud16 }),
    ...announcedAmount(draft),
    supportsEncryption,
    encryptionSupported: supportsEncryption,
    ...(draft.supportsEncryptedFiles === true ? { supportsEncryptedFiles: true } : {}),
    acceptsNutZaps: acceptsNutzaps,
    cashuAccepted: acceptsNutzaps,
    nip90Params: Object.fromEntries(nip90Params),
  };
  const tags = [
    ['d', identifier],
    ...kinds.map((kind) => ['k', kind.toString()]),
    ...(operatorPubkey === undefined ? [] : [['p', operatorPubkey, '', OPERATOR_MARKER]]),
  ];
  return { kind: ANNOUNCEMENT_KIND, created_at: draft.createdAt, tags, content: JSON.stringify(content) };
}

function announcedAmount({ amount, fromMsat = ZERO_MSAT }: AnnouncementDraft) {
  if (amount === 0n) return { amount: 'free' };
  if (typeof amount === 'bigint' && amount % 1000n === 0n) return { amount: (amount / 1000n).toString() };
  if (amount === 'free') return { amount };
  return { amount: 'flexible', ...(fromMsat < 1000n ? {} : { amountFrom: (fromMsat / 1000n).toString() }) };
}
