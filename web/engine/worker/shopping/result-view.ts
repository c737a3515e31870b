import type { Customer, ReceivedFile } from '../../../../src/customer/index.ts';
import { verifyResult } from '../../../../src/customer/index.ts';
import type { Purchase } from '../../../../src/ledger/index.ts';
import {
  isHex32,
  isRecord,
  parseJobRequest,
  parseJobResult,
  parseJson,
  success,
  type NostrEvent,
  type Outcome,
} from '../../../../src/protocol/index.ts';
import type { ListAction, RunResult } from '../../contract.ts';
import type { Desk } from '../desk.ts';

/** Of a list in a result so many keys are shown to be acted on. */
const MAX_KEYS = 500;

/** A result as its reader sees it; without what changes afterwards. */
export type ResultView = Omit<RunResult, 'verdict' | 'reviewed'> & Pick<RunResult, 'verdict'>;

/**
 * Opens what was delivered: from the books, its file from where it is stored. Fails as asking for a result again does.
 */
export async function viewResult(
  { customer, desk }: { readonly customer: Customer; readonly desk: Desk },
  purchase: Purchase,
): Promise<Outcome<ResultView>> {
  const opened = await customer.resend(purchase.requestId, { signal: desk.signal });
  if (!opened.ok) return opened;
  const { content, file, resultEvent: event } = opened.value;
  const request = parseJobRequest(purchase.request);
  const verdict = request.ok
    ? await verifyResult({ request: request.value, content, createdAt: event.created_at })
    : null;
  const outputs = request.ok ? request.value.outputs : [];
  return success({
    content,
    mediaType: file?.mediaType ?? saidTypeOf(event) ?? mediaTypeOf(content, outputs),
    file: file === null ? null : fileOf(file),
    verdict,
    event,
    actions: await actionsOf(desk, event, content),
  });
}

function fileOf({ bytes, mediaType, name }: ReceivedFile): NonNullable<RunResult['file']> {
  return { blob: new Blob([bytes], { type: mediaType ?? 'application/octet-stream' }), name };
}

/** What its provider says of a text; anything that is no text is a file, and says so elsewhere. */
function saidTypeOf(event: NostrEvent): string | null {
  const result = parseJobResult(event);
  const said = result.ok ? result.value.mediaType : null;
  return said === 'text/plain' || said === 'text/markdown' ? said : null;
}

/** What was asked for where that was text of some sort, else what the content looks like. */
function mediaTypeOf(content: string, outputs: readonly string[]): string {
  const start = content.trimStart()[0];
  if ((start === '{' || start === '[') && parseJson(content) !== null) return 'application/json';
  return outputs.find((output) => output.startsWith('text/') && output !== 'text/html') ?? 'text/plain';
}

const REVERSE: Readonly<Record<ListAction, ListAction>> = {
  follow: 'unfollow',
  unfollow: 'follow',
  mute: 'unmute',
  unmute: 'mute',
};

/** A list of keys may be followed or muted, as its provider's announcement proposes, and that may be undone. */
async function actionsOf(desk: Desk, event: NostrEvent, content: string): Promise<RunResult['actions']> {
  const pubkeys = keysIn(content);
  if (pubkeys.length === 0) return [];
  const { services } = await desk.directory.provider(event.pubkey, { signal: desk.signal });
  const kind = event.kind - 1000;
  const announced = services
    .filter(({ announcement }) => announcement.kinds.includes(kind))
    .map(({ announcement }) => parseJson(announcement.event.content))
    .map((profile) => (isRecord(profile) ? profile['action'] : undefined))
    .find(isListAction);
  const action = announced ?? 'follow';
  return [action, REVERSE[action]].map((each) => ({ action: each, pubkeys }));
}

function keysIn(content: string): readonly string[] {
  const list = parseJson(content);
  if (!Array.isArray(list)) return [];
  const tags = list.filter(
    (tag): tag is string[] => Array.isArray(tag) && tag.every((each) => typeof each === 'string'),
  );
  const keys = tags.flatMap(([name, key = '']) => (name === 'p' && isHex32(key) ? [key] : []));
  return [...new Set(keys)].slice(0, MAX_KEYS);
}

function isListAction(value: unknown): value is ListAction {
  return typeof value === 'string' && value in REVERSE;
}
