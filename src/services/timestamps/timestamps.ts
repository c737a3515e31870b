import { join } from 'node:path';
import { base64 } from '@scure/base';
import * as z from 'zod';
import { pause } from '../../clock/index.ts';
import { hostAndPort } from '../../http/index.ts';
import { createGuardedFetch } from '../../http/node.ts';
import { secretKeySigner, type Signer } from '../../keys/index.ts';
import { loadOrCreateKeyFile } from '../../keys/node.ts';
import { isHex32, success, TIMESTAMP_KIND, type Failure, type NostrEvent } from '../../protocol/index.ts';
import {
  JobFailure,
  service,
  type JobContext,
  type JobOutput,
  type JobProgress,
} from '../../provider/index.ts';
import { shelfService, type ShelfContext } from '../shelf-service.ts';
import { openStampStore, type Stamp, type StampStore } from './stamp-store.ts';
import { submitDigest, upgradeProof, type Calendars } from './stamp.ts';

/** The public pools, which hand digests to several calendars each. */
const PUBLIC_CALENDARS = [
  'https://a.pool.opentimestamps.org',
  'https://b.pool.opentimestamps.org',
  'https://a.pool.eternitywall.com',
  'https://ots.btc.catallaxy.com',
];
/** Where the promises of the public pools may lead, as the reference client has it. */
const PUBLIC_PROMISES =
  /^https:\/\/[a-z0-9-]+(\.[a-z0-9-]+)*\.calendar\.(opentimestamps\.org|eternitywall\.com|catallaxy\.com)\/?$/;

const CALENDAR_TIMEOUT_MS = 20_000;

/**
 * Settings of timestamping: the calendar servers that digests go to; how long a block is waited for, after which the
 * result is the proof with the calendars' promises; and how often they are asked.
 */
const Settings = z.strictObject({
  calendars: z
    .array(z.url({ protocol: /^https?$/ }))
    .min(1)
    .max(10)
    .default(PUBLIC_CALENDARS),
  wait_hours: z.number().min(0).max(240).default(22),
  ask_every_seconds: z.number().min(0.05).max(86_400).default(600),
});

/** What a job of this service works with. */
interface Notary {
  readonly stamps: StampStore;
  readonly calendars: Calendars;
  /** Of the service itself: who signs a proof is of no weight. */
  readonly signer: Signer;
  readonly context: ShelfContext;
  readonly waitSeconds: number;
  readonly askEveryMs: number;
}

/** Kind 5900: proves that an event was there before a Bitcoin block (NIP-03, OpenTimestamps). */
export const shelfTimestamps = shelfService({
  name: 'timestamps',
  kind: 5900,
  about: 'Stamps events into the Bitcoin chain through OpenTimestamps calendars, for free (NIP-03).',
  settings: Settings,
  missing: async ({ calendars }) => ((await isAnyReachable(calendarsOf(calendars))) ? null : UNREACHABLE),
  open: async (settings, context) => {
    const stamps = openStampStore(join(context.dir, 'timestamps.sqlite'), context.now);
    if (!stamps.ok) return stamps;
    context.onClose(() => stamps.value.close());
    const key = await loadOrCreateKeyFile(join(context.dir, 'timestamps.key'));
    if (!key.ok) return key;
    const notary: Notary = {
      stamps: stamps.value,
      calendars: calendarsOf(settings.calendars),
      signer: secretKeySigner(key.value.secretKey),
      context,
      waitSeconds: settings.wait_hours * 3600,
      askEveryMs: settings.ask_every_seconds * 1000,
    };
    return success(
      service({
        kind: 5900,
        id: 'timestamps',
        name: 'Timestamps',
        about: 'Proves when your event was there: puts its id into the Bitcoin chain (OpenTimestamps).',
        // Calendars write into the chain every few hours.
        usualSeconds: Math.ceil(Math.min(4 * 3600, notary.waitSeconds + 60)),
        worstSeconds: Math.ceil(notary.waitSeconds) + 1800,
        concurrency: 100,
        handler: (job) => stampEvent(job, notary),
      }),
    );
  },
});

const UNREACHABLE: Failure = {
  code: 'endpoint-unreachable',
  message: 'No calendar server answers: check the network, or name others in `calendars`.',
};
const REACH_TIMEOUT_MS = 10_000;

/** Whether one of the calendars answers at all; what it says there does not matter. */
async function isAnyReachable({ fetch, submitTo }: Calendars): Promise<boolean> {
  const signal = AbortSignal.timeout(REACH_TIMEOUT_MS);
  const answers = await Promise.all(
    submitTo.map((url) => fetch(url, { signal, maxBytes: 1024 }).catch(() => null)),
  );
  return answers.some(
    (answer) =>
      answer !== null && (answer.ok || ['url-status', 'url-too-large'].includes(answer.failure.code)),
  );
}

/** The operator's own servers may be private; others are asked only where a known pool's promise leads there. */
function calendarsOf(urls: readonly string[]): Calendars {
  const named = new Set(urls.map((url) => url.replace(/\/+$/, '')));
  return {
    submitTo: urls,
    mayAsk: (url) => named.has(url.replace(/\/+$/, '')) || PUBLIC_PROMISES.test(url),
    fetch: createGuardedFetch({
      allowHosts: urls.map((url) => hostAndPort(new URL(url))),
      timeoutMs: CALENDAR_TIMEOUT_MS,
    }),
  };
}

async function* stampEvent(job: JobContext, notary: Notary): AsyncGenerator<JobProgress, JobOutput> {
  const digest = job.request.inputs.find(({ type }) => type === 'event')?.data;
  if (!isHex32(digest)) throw new JobFailure('invalid-event', 'The input must be the id of an event.');
  const { stamps, calendars, context, askEveryMs, waitSeconds } = notary;
  const giveUpAt = job.request.createdAt + waitSeconds;
  let stamp = stamps.find(digest) ?? (await submit(digest, notary, job.signal));
  if (!stamp.isConfirmed) {
    yield {
      type: 'progress',
      note: 'Calendars have promised to put it into the Bitcoin chain; this takes hours.',
    };
    yield { type: 'partial', content: base64.encode(stamp.proof) };
  }
  while (!stamp.isConfirmed) {
    job.signal.throwIfAborted();
    const proof = await upgradeProof(digest, stamp.proof, calendars, job.signal);
    if (proof === null) {
      if (context.now() >= giveUpAt) return { content: base64.encode(stamp.proof), mediaType: 'text/plain' };
      await pause(askEveryMs, job.signal);
      continue;
    }
    stamp = { proof, isConfirmed: true, event: null };
    await stamps.save(digest, stamp);
  }
  const event = stamp.event ?? (await sign(digest, stamp, notary));
  await publish(event, notary, job.signal);
  return { content: event.id, mediaType: 'text/plain' };
}

async function submit(digest: string, { stamps, calendars }: Notary, signal: AbortSignal): Promise<Stamp> {
  const submitted = await submitDigest(digest, calendars, signal);
  if (!submitted.ok) throw new JobFailure(submitted.failure.code, submitted.failure.message);
  const stamp = { proof: submitted.value, isConfirmed: false, event: null };
  await stamps.save(digest, stamp);
  return stamp;
}

/** Signs the proof as NIP-03 has it, once: it is saved before anybody sees it. */
async function sign(digest: string, stamp: Stamp, { stamps, signer, context }: Notary): Promise<NostrEvent> {
  const event = await signer.sign({
    kind: TIMESTAMP_KIND,
    created_at: context.now(),
    tags: [
      ['e', digest, context.relayUrls[0] ?? ''],
      ['alt', 'OpenTimestamps proof of an event'],
    ],
    content: base64.encode(stamp.proof),
  });
  await stamps.save(digest, { ...stamp, event });
  return event;
}

async function publish(event: NostrEvent, { context }: Notary, signal: AbortSignal): Promise<void> {
  const receipts = await context.relays.publish(event, context.relayUrls, { signal });
  signal.throwIfAborted();
  if (!receipts.some(({ outcome }) => outcome === 'accepted' || outcome === 'duplicate'))
    throw new JobFailure(
      'not-published',
      `No relay took the proof: ${receipts[0]?.message ?? 'none is known'}`,
    );
}
