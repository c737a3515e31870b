import {
  announcedContent,
  buildAnnouncement,
  OPERATOR_MARKER,
  type AnnouncementDraft,
} from './announcement.ts';
import type { EventTemplate, NostrEvent } from './event.ts';
import { isJobKind } from './job.ts';
import { isRecord, parseJson } from './untrusted-json.ts';

/** Fields that an announcement is read by, in the content or as tags: a draft says all of them. */
const SAID_FIELDS: ReadonlySet<string> = new Set([
  'name',
  'display_name',
  'username',
  'about',
  'picture',
  'image',
  'seller',
  'byHand',
  'lud16',
  'amount',
  'amountFrom',
  'supportsEncryption',
  'encryptionSupported',
  'supportsEncryptedFiles',
  'acceptsNutZaps',
  'cashuAccepted',
  'nip90Params',
]);

/**
 * Writes an announcement in the place of an earlier one of the same id: what the draft says is as it says, and whatever
 * else the earlier one has, fields and tags of other software, stays as it was.
 */
export function changeAnnouncement(before: NostrEvent, draft: AnnouncementDraft): EventTemplate {
  const { tags, ...template } = buildAnnouncement(draft);
  const earlier = announcedContent(before);
  const written = recordIn(template.content);
  const kept = Object.entries(earlier).filter(([name]) => !SAID_FIELDS.has(name));
  const content = {
    ...Object.fromEntries(kept),
    ...written,
    nip90Params: withWhatStood(recordOf(written['nip90Params']), recordOf(earlier['nip90Params'])),
  };
  const foreign = before.tags.filter(isForeign).map((tag) => [...tag]);
  return { ...template, tags: [...tags, ...foreign], content: JSON.stringify(content) };
}

function isForeign([name = '', value = '', , marker]: readonly string[]): boolean {
  if (name === 'd' || SAID_FIELDS.has(name)) return false;
  if (name === 'k') return !/^\d{4}$/.test(value) || !isJobKind(Number(value));
  return name !== 'p' || marker !== OPERATOR_MARKER;
}

/** The parameters as written, each with what else the earlier announcement says of it. */
function withWhatStood(params: Fields, earlier: Fields): Fields {
  const both = Object.entries(params).map(([name, param]) => {
    const before = recordOf(Object.hasOwn(earlier, name) ? earlier[name] : undefined);
    return [name, { ...before, description: undefined, ...recordOf(param) }];
  });
  return Object.fromEntries(both);
}

type Fields = Readonly<Record<string, unknown>>;

function recordIn(json: string): Fields {
  return recordOf(parseJson(json));
}

function recordOf(value: unknown): Fields {
  return isRecord(value) ? value : {};
}
