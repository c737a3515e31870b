import {
  committedWork,
  eventId,
  isRecord,
  parseEvent,
  parseJson,
  workOf,
  type JobRequest,
  type NostrEvent,
} from '../../protocol/index.ts';
import type { ResultCheck } from './verdict.ts';

/** What a signature would be: nobody has signed the event yet. */
const UNSIGNED = '0'.repeat(128);

/** The event that was to be worked on; what it leaves open is `null`. */
interface AskedEvent {
  readonly pubkey: string;
  readonly kind: unknown;
  readonly content: unknown;
  /** Without a nonce, as JSON. */
  readonly tags: string;
}

/**
 * Kind 5970, delegated proof of work (NIP-13): whether each event that was asked for is there, with the asked leading
 * zero bits in its true id. Only nonce and time may differ, and the nonce must say for which difficulty it was
 * sought.
 */
export function checkDelegatedWork(request: JobRequest, content: string): ResultCheck[] {
  const asked = request.inputs.map(({ data }) => readAsked(request, data));
  const difficulty = Number(request.params.get('pow')?.[0] ?? Number.NaN);
  if (asked.length === 0 || asked.includes(null) || !Number.isInteger(difficulty))
    return [
      { name: 'work', ok: null, detail: 'The request does not say clearly what to work on.', proves: true },
    ];
  const worked = readWorked(content);
  if (worked === null)
    return [{ name: 'event', ok: false, detail: 'The result is no event with its id.', proves: true }];
  const found = asked.map((one) => worked.find((event) => one !== null && isAsked(one, event)));
  const events = found.filter((event) => event !== undefined);
  if (events.length < asked.length)
    return [
      { name: 'event', ok: false, detail: 'The result is not the event that was asked for.', proves: true },
    ];
  const least = Math.min(...events.map(({ id }) => workOf(id)));
  return [
    { name: 'event', ok: true, detail: 'The result is the event that was asked for.', proves: true },
    {
      name: 'work',
      ok: least >= difficulty,
      detail: `The id has ${least} leading zero bits, asked were ${difficulty}.`,
      proves: true,
    },
    checkCommitment(events, difficulty),
  ];
}

/** Relays may refuse work that does not say its target: then a low one could have been lucky. */
function checkCommitment(events: readonly NostrEvent[], difficulty: number): ResultCheck {
  const name = 'commitment';
  const targets = events.map(committedWork);
  const least = Math.min(...targets.map((target) => target ?? difficulty));
  if (least < difficulty) return { name, ok: false, detail: `The nonce commits to ${least} bits only.` };
  return targets.includes(null)
    ? { name, ok: null, detail: 'The nonce commits to no difficulty, so some relays refuse the event.' }
    : { name, ok: true, detail: `The nonce commits to ${least} bits.` };
}

function readAsked(request: JobRequest, data: string): AskedEvent | null {
  const event = parseJson(data);
  if (!isRecord(event)) return null;
  const { pubkey = request.customerPubkey, kind, content = '', tags = [] } = event;
  if (typeof pubkey !== 'string' || !Array.isArray(tags)) return null;
  return { pubkey, kind, content, tags: withoutNonce(tags) };
}

/** One event, or a list of them where several were asked for; each with the id that its fields have. */
function readWorked(content: string): NostrEvent[] | null {
  const parsed = parseJson(content);
  const list: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  const events = list.flatMap((item) => {
    const read = parseEvent(isRecord(item) ? { ...item, sig: UNSIGNED } : item);
    return read.ok && eventId(read.value) === read.value.id ? [read.value] : [];
  });
  return events.length === 0 ? null : events;
}

function isAsked(asked: AskedEvent, { pubkey, kind, content, tags }: NostrEvent): boolean {
  return (
    pubkey === asked.pubkey &&
    kind === asked.kind &&
    content === asked.content &&
    withoutNonce(tags) === asked.tags
  );
}

function withoutNonce(tags: readonly unknown[]): string {
  return JSON.stringify(tags.filter((tag) => !(Array.isArray(tag) && tag[0] === 'nonce')));
}
