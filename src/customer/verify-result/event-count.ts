import {
  isRecord,
  normalizeRelayUrl,
  parseJson,
  type Filter,
  type JobRequest,
} from '../../protocol/index.ts';
import type { ResultEvidence } from './evidence.ts';
import { readCount } from './result-shape.ts';
import type { ResultCheck } from './verdict.ts';

/** So many events of each relay are counted at most; beyond it a count can be too low, but not too high. */
const SAMPLE = 500;
const MAX_RELAYS = 5;
const MAX_FILTERS = 5;
/** How far a count may be off: events come and go between one count and the other. */
const TOLERANCE = { share: 0.1, events: 5 };

/**
 * Kind 5400, counting events: counts a sample on the relays that the request names, up to the time of the result. Relays
 * that hold the same events may have been added up or not, so anything between is right.
 */
export async function checkEventCount(
  request: JobRequest,
  result: { readonly content: string; readonly createdAt: number },
  { sampleEvents }: ResultEvidence,
): Promise<ResultCheck[]> {
  const claimed = readCount(result.content);
  if (claimed === null || request.params.has('group')) return [];
  const filters = readFilters(request.content);
  const relays = (request.params.get('relay') ?? []).flatMap((url) => normalizeRelayUrl(url) ?? []);
  if (filters === null || relays.length === 0 || relays.length > MAX_RELAYS || sampleEvents === undefined)
    return [counted(null, 'Only a request that names its filters and relays can be counted again.')];
  const asked = filters.map((filter) => upTo(filter, result.createdAt));
  const counts = await Promise.all(relays.map((relay) => countOn(relay, asked, sampleEvents)));
  const known = counts.filter((count) => count !== null);
  if (known.length < relays.length) return [counted(null, 'Not every relay of the request answers.')];
  return [judge(claimed, known)];
}

function counted(ok: ResultCheck['ok'], detail: string): ResultCheck {
  return { name: 'sample', ok, detail, proves: true };
}

/** What one relay has, as far as it was asked. */
interface RelayCount {
  readonly ids: ReadonlySet<string>;
  readonly isWhole: boolean;
}

async function countOn(
  relay: string,
  filters: readonly Filter[],
  sampleEvents: NonNullable<ResultEvidence['sampleEvents']>,
): Promise<RelayCount | null> {
  const samples = await Promise.all(filters.map((filter) => sampleEvents(relay, filter)));
  const known = samples.filter((sample) => sample !== null);
  if (known.length < samples.length) return null;
  const isWhole = known.every((sample, at) => sample.length < (filters[at]?.limit ?? 0));
  return { ids: new Set(known.flat()), isWhole };
}

function judge(claimed: number, counts: readonly RelayCount[]): ResultCheck {
  const least = new Set(counts.flatMap(({ ids }) => [...ids])).size;
  const most = counts.reduce((sum, { ids }) => sum + ids.size, 0);
  const isWhole = counts.every((count) => count.isWhole);
  const slack = `give or take ${TOLERANCE.share * 100} % and ${TOLERANCE.events}`;
  const found = isWhole ? `${least} to ${most}` : `at least ${least}`;
  const detail = `The relays show ${found} events (${slack}); the result says ${claimed}.`;
  if (claimed < least * (1 - TOLERANCE.share) - TOLERANCE.events) return counted(false, detail);
  if (!isWhole) return { name: 'sample', ok: true, detail };
  return counted(claimed <= most * (1 + TOLERANCE.share) + TOLERANCE.events, detail);
}

/** Nothing that is dated later was there to be counted; a `limit` would cut the count. */
function upTo(filter: Filter, createdAt: number): Filter {
  const until = Math.min(filter.until ?? createdAt, createdAt);
  return { ...filter, until, limit: Math.min(filter.limit ?? SAMPLE, SAMPLE) };
}

/** The filters that a request has as JSON in its content: one, or a list. `null` when they are not all understood. */
function readFilters(content: string): Filter[] | null {
  const parsed = parseJson(content);
  const list: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  const filters = list.map(readFilter);
  const isAll = filters.length > 0 && filters.length <= MAX_FILTERS;
  return isAll && filters.every((filter) => filter !== null) ? filters : null;
}

/** The page of the kind spells `kinds` like a tag. */
function readFilter(value: unknown): Filter | null {
  if (!isRecord(value)) return null;
  const { '#kinds': kinds, ...rest } = value;
  const filter = kinds === undefined ? rest : { ...rest, kinds };
  return isFilter(filter) ? filter : null;
}

function isFilter(value: unknown): value is Filter {
  const fields = isRecord(value) ? Object.entries(value) : [];
  return fields.length > 0 && fields.every(([name, inner]) => isField(name, inner));
}

function isField(name: string, value: unknown): boolean {
  if (['since', 'until', 'limit'].includes(name)) return isUint(value);
  if (name === 'kinds') return Array.isArray(value) && value.every(isUint);
  const isList = Array.isArray(value) && value.every((item) => typeof item === 'string');
  return isList && (name === 'ids' || name === 'authors' || /^#[A-Za-z]$/.test(name));
}

function isUint(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
