import { availableParallelism } from 'node:os';
import * as z from 'zod';
import {
  eventId,
  isHex32,
  isRecord,
  kindContract,
  parseEvent,
  parseJson,
  satsToMsat,
  success,
  type JobRequest,
  type KindContract,
} from '../../protocol/index.ts';
import {
  JobFailure,
  service,
  type JobContext,
  type JobOutput,
  type JobProgress,
  type PricingPolicy,
} from '../../provider/index.ts';
import { shelfService } from '../shelf-service.ts';
import { expectedIds, reachableBits, secondsUntil } from './expected-time.ts';
import { measureSpeed, mine } from './miner.ts';
import { costOfId, costOfLength, nonceSearch, type UnsignedEvent } from './nonce-search.ts';

const KIND = 5970;
const MAX_EVENTS = 4;
const MAX_EVENT_CHARS = 65_536;
/** What several events, or long ones, take together must end in time as often as this. */
const MUST_END = 0.99;
/** Other jobs share the machine, so it is not taken to be as fast as when it was measured. */
const SPEED_SHARE = 0.7;

/**
 * Settings of the miner: how many `threads` it may keep busy (all cores but one unless told), how long a job may take at
 * worst (`max_seconds`), and where wanted a bound below what the machine reaches in that time (`max_bits`). With
 * `ids_per_sat` the price follows the difficulty: so many ids, on average, are tried for a sat.
 */
const Settings = z.strictObject({
  threads: z.int().min(1).max(64).optional(),
  max_seconds: z.int().min(1).max(86_400).default(50),
  max_bits: z.int().min(1).max(64).optional(),
  ids_per_sat: z.int().min(1000).optional(),
});

/** What this machine takes on. */
interface Reach {
  readonly threads: number;
  readonly idsPerSecond: number;
  readonly maxBits: number;
  readonly maxSeconds: number;
  readonly now: () => number;
}

/** Kind 5970: seeks the nonce of an event. Nothing is trusted or stored; the customer signs what it gets. */
export const shelfProofOfWork = shelfService({
  name: 'proof-of-work',
  kind: KIND,
  about: 'Finds the nonce that gives an event proof of work (NIP-13), on the cores of this machine.',
  settings: Settings,
  open: async (settings, { now }) => {
    const threads = settings.threads ?? Math.max(1, availableParallelism() - 1);
    const idsPerSecond = measureSpeed() * threads * SPEED_SHARE;
    const reachable = reachableBits(idsPerSecond, settings.max_seconds);
    const maxBits = Math.min(reachable, settings.max_bits ?? reachable);
    const reach: Reach = { threads, idsPerSecond, maxBits, maxSeconds: settings.max_seconds, now };
    return success(
      service({
        kind: KIND,
        id: 'proof-of-work',
        name: 'Proof of work',
        about: `Finds the nonce of your event, up to ${maxBits} leading zero bits.`,
        usualSeconds: Math.max(1, Math.ceil(secondsUntil(0.5, expectedIds(maxBits), idsPerSecond))),
        worstSeconds: settings.max_seconds,
        concurrency: 1,
        contract: contractUpTo(maxBits),
        ...(settings.ids_per_sat === undefined ? {} : { pricing: pricePerWork(settings.ids_per_sat) }),
        handler: (job) => mineEvents(job, reach),
      }),
    );
  },
});

/** The kind's own contract, with a difficulty that can be reached: what is too hard is refused before any cost. */
function contractUpTo(maxBits: number): KindContract {
  const contract = kindContract(KIND);
  return {
    ...contract,
    params: contract.params.map((param) => (param.name === 'pow' ? { ...param, max: maxBits } : param)),
  };
}

function pricePerWork(idsPerSat: number): PricingPolicy {
  return {
    fromMsat: satsToMsat(1),
    isFixed: false,
    measuresUrls: false,
    rivalry: null,
    price({ request }) {
      const ids = wantedBits(request) === null ? 0 : workOfRequest(request);
      return success({ amountMsat: satsToMsat(Math.max(1, Math.ceil(ids / idsPerSat))), note: null });
    },
    covers: () => true,
  };
}

/**
 * Ids of short notes that cost as much as the whole request does on average. An event that has to be fetched may be as
 * long as any.
 */
function workOfRequest(request: JobRequest): number {
  const costs = request.inputs.map(({ type, data }) =>
    costOfLength(type === 'text' ? new TextEncoder().encode(data).length : MAX_EVENT_CHARS),
  );
  return expectedIds(wantedBits(request) ?? 0) * costs.reduce((sum, cost) => sum + cost, 0);
}

function wantedBits({ params }: JobRequest): number | null {
  const told = Number(params.get('pow')?.[0] || Number.NaN);
  return Number.isInteger(told) && told >= 0 ? told : null;
}

async function* mineEvents(job: JobContext, reach: Reach): AsyncGenerator<JobProgress, JobOutput> {
  const bits = wantedBits(job.request);
  if (bits === null) throw new JobFailure('invalid-difficulty', 'Say in `pow` how many bits are wanted.');
  if (job.inputs.length > MAX_EVENTS)
    throw new JobFailure('too-many-events', `A job may have at most ${MAX_EVENTS} events.`);
  const events = job.inputs.map(({ text }) => readUnsigned(text, job.request, reach));
  const costs = events.map((event) => expectedIds(bits) * costOfId(nonceSearch(event, bits)));
  const ids = costs.reduce((sum, cost) => sum + cost, 0);
  const [half, most] = [0.5, MUST_END].map((share) => secondsUntil(share, ids, reach.idsPerSecond));
  if (bits > reach.maxBits || (most ?? 0) > reach.maxSeconds)
    throw new JobFailure(
      'too-hard',
      `All events of a job must be worked on within ${reach.maxSeconds} s, and long ones take more.`,
    );
  yield {
    type: 'progress',
    note: `Trying ids until one fits: half of such jobs end within ${wholeSeconds(half)}, 99 in 100 within ${wholeSeconds(most)}.`,
  };
  const mined: object[] = [];
  for (const event of events) {
    const worked = await mine(event, bits, { threads: reach.threads, signal: job.signal });
    mined.push({ id: eventId(worked), ...worked });
  }
  return { content: JSON.stringify(mined.length === 1 ? mined[0] : mined), mediaType: 'application/json' };
}

function wholeSeconds(seconds = 0): string {
  return `${Math.ceil(seconds)} s`;
}

/** What a signature would be; the shape of the rest is checked as for any event. */
const UNSIGNED = { id: '0'.repeat(64), sig: '0'.repeat(128) };

/** An unsigned event as customers write it: the author is the customer and the time is now where they leave it out. */
function readUnsigned(text: string, request: JobRequest, { now }: Reach): UnsignedEvent {
  const told = text.length > MAX_EVENT_CHARS ? null : parseJson(text);
  const { kind, content = '', tags = [], pubkey, created_at: createdAt } = isRecord(told) ? told : {};
  const read = parseEvent({
    ...UNSIGNED,
    kind,
    content,
    tags,
    pubkey: isHex32(pubkey) ? pubkey : request.customerPubkey,
    created_at: createdAt ?? now(),
  });
  if (!read.ok)
    throw new JobFailure('invalid-event', `The input is no unsigned event. ${read.failure.message}`);
  const { pubkey: author, created_at: at, kind: kindOf, tags: tagsOf, content: contentOf } = read.value;
  return { pubkey: author, created_at: at, kind: kindOf, tags: tagsOf, content: contentOf };
}
