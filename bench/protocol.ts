/**
 * Measures how fast events are read, beside the classes of NDK in the same run: `node bench/protocol.ts`. Both sides
 * get the same events as JSON text, as a socket hands them over, and must give the same facts about them. Neither
 * side checks signatures here. Takes about a minute.
 */
import { strict as assert } from 'node:assert';
import { cpus, loadavg } from 'node:os';
import { NDKDVMJobFeedback, NDKDVMJobResult, NDKDVMRequest, NDKEvent } from '@nostr-dev-kit/ndk';
import {
  buildFeedback,
  buildJobRequest,
  buildResult,
  foldJob,
  msat,
  orThrow,
  parseEvent,
  parseJobFeedback,
  parseJobRequest,
  parseJobResult,
  type NostrEvent,
} from '../src/protocol/index.ts';
import { sampleInvoice } from '../test/fixtures/signed-invoice.ts';
import { authored, CUSTOMER, hex32, PROVIDER } from '../test/protocol/events.ts';
import { median } from './statistics.ts';

const ROUNDS = 15;
const ROUND_MS = 150;
const PROVIDERS = 20;

const createdAt = 1_753_180_000;
const bolt11 = sampleInvoice();
const request = authored(
  CUSTOMER,
  buildJobRequest({
    kind: 5050,
    inputs: [{ data: 'Write a line about a red fox.', type: 'text', relay: null, marker: null }],
    params: new Map([
      ['max_tokens', ['64']],
      ['temperature', ['0.5']],
    ]),
    outputs: ['text/plain'],
    bidMsat: msat(30_000n),
    relays: ['wss://relay.example'],
    targets: [PROVIDER],
    exchanges: ['hold', 'free'],
    expiresAt: createdAt + 120,
    createdAt,
  }),
);
const quoteOf = (provider: string, at: number): NostrEvent =>
  authored(
    provider,
    buildFeedback({
      request,
      status: 'payment-required',
      amountMsat: msat(21_000n),
      bolt11,
      exchange: 'hold',
      usualSeconds: 5,
      worstSeconds: 50,
      validUntil: createdAt + 300,
      createdAt: createdAt + at,
    }),
  );
const resultOf = (provider: string, at: number): NostrEvent =>
  authored(
    provider,
    buildResult({ request, content: 'A red fox crossed the snow.', createdAt: createdAt + at }),
  );

const providers = Array.from({ length: PROVIDERS }, (_, index) => hex32(index + 1));
const job = [
  request,
  ...providers.flatMap((provider, index) => [
    quoteOf(provider, 1),
    authored(provider, buildFeedback({ request, status: 'processing', createdAt: createdAt + 2 })),
    ...(index % 2 === 0 ? [resultOf(provider, 3)] : []),
  ]),
];

/** One thing that both sides do to the same text; each gives the facts it found. */
interface Contest {
  readonly name: string;
  readonly text: string;
  readonly ours: (text: string) => unknown;
  readonly ndks: (text: string) => unknown;
}

const event = (text: string): NostrEvent => orThrow(parseEvent(JSON.parse(text)));
const ndkEvent = (text: string): NDKEvent =>
  new NDKEvent(undefined, JSON.parse(text) as NostrEvent & { tags: string[][] });

const contests: readonly Contest[] = [
  {
    name: 'any event',
    text: JSON.stringify(request),
    ours: (text) => event(text).id,
    ndks: (text) => ndkEvent(text).id,
  },
  {
    name: 'job request',
    text: JSON.stringify(request),
    ours(text) {
      const read = orThrow(parseJobRequest(event(text)));
      const { inputs, params, bid, outputs, relays, targets, expiresAt, encrypted } = read;
      const data = inputs.map((input) => [input.data, input.type]);
      return [data, [...params], String(bid?.msat), outputs, relays, targets, expiresAt, encrypted];
    },
    ndks(text) {
      const read = NDKDVMRequest.from(ndkEvent(text));
      const values = (name: string) => read.getMatchingTags(name).map(([, ...all]) => all);
      const params = read.params.map(([name, ...all]) => [name, all]);
      const lists = [read.output, values('relays')[0], values('p').flat()];
      const encrypted = read.getMatchingTags('encrypted').length > 0;
      return [
        values('i'),
        params,
        String(read.bid),
        ...lists,
        Number(read.tagValue('expiration')),
        encrypted,
      ];
    },
  },
  {
    name: 'quote',
    text: JSON.stringify(quoteOf(PROVIDER, 1)),
    ours(text) {
      const read = orThrow(parseJobFeedback(event(text)));
      const { rawStatus, requestId, amount, bolt11: invoice, exchange, usualSeconds, validUntil } = read;
      return [rawStatus, requestId, String(amount?.msat), invoice, exchange, usualSeconds, validUntil];
    },
    ndks(text) {
      // What `NDKDVMJobFeedback.from` does for feedback in clear, without its promise.
      const read = new NDKDVMJobFeedback(undefined, ndkEvent(text).rawEvent());
      const [, amount, invoice] = read.getMatchingTags('amount')[0] ?? [];
      const times = ['eta', 'valid_until'].map((name) => Number(read.tagValue(name)));
      return [read.status, read.tagValue('e'), amount, invoice, read.tagValue('exchange'), ...times];
    },
  },
  {
    name: 'job result',
    text: JSON.stringify(resultOf(PROVIDER, 3)),
    ours(text) {
      const { requestId, customerPubkey, content } = orThrow(parseJobResult(event(text)));
      return [requestId, customerPubkey, content];
    },
    ndks(text) {
      const read = NDKDVMJobResult.from(ndkEvent(text));
      return [read.jobRequestId, read.jobRequest?.pubkey, read.result];
    },
  },
  {
    // NDK folds nothing: its side reads each event and keeps who delivered, which is the least that a fold does.
    name: `fold of ${job.length} events`,
    text: JSON.stringify(job),
    ours(text) {
      const events = (JSON.parse(text) as unknown[]).map((item) => orThrow(parseEvent(item)));
      return foldJob({ request: request.id, events }).providers.map(({ pubkey, state }) => [pubkey, state]);
    },
    ndks(text) {
      const states = new Map<string, string>();
      for (const item of JSON.parse(text) as (NostrEvent & { tags: string[][] })[]) {
        const read = new NDKEvent(undefined, item);
        if (read.kind === 7000 && !states.has(read.pubkey)) states.set(read.pubkey, 'working');
        if (read.kind === 6050 && NDKDVMJobResult.from(read).jobRequestId === request.id)
          states.set(read.pubkey, 'delivered');
      }
      return [...states].toSorted(([left], [right]) => (left < right ? -1 : 1));
    },
  },
];

for (const { name, text, ours, ndks } of contests) assert.deepEqual(ours(text), ndks(text), name);

const figures = contests.map(({ name, text, ours, ndks }) => {
  const [our, their]: [number[], number[]] = [[], []];
  for (let round = -2; round < ROUNDS; round += 1) {
    // Side by side, and in turns first: whatever disturbs the machine disturbs both.
    const pair = round % 2 === 0 ? [ours, ndks] : [ndks, ours];
    const [first = 0, second = 0] = pair.map((read) => microseconds(read, text));
    if (round < 0) continue; // warm-up
    our.push(round % 2 === 0 ? first : second);
    their.push(round % 2 === 0 ? second : first);
  }
  const ratios = our.map((value, index) => (their[index] ?? Number.NaN) / value);
  return { name, our: median(our), their: median(their), ratio: median(ratios), ratios };
});

/** Mean time of one call over a round, in microseconds. */
function microseconds(read: (text: string) => unknown, text: string): number {
  const start = performance.now();
  let calls = 0;
  while (performance.now() - start < ROUND_MS) {
    for (let burst = 0; burst < 50; burst += 1) read(text);
    calls += 50;
  }
  return ((performance.now() - start) * 1000) / calls;
}

console.log(`| reads | coinop, µs | NDK 3.0.3, µs | NDK ÷ coinop | rounds between |`);
console.log('| --- | --- | --- | --- | --- |');
for (const { name, our, their, ratio, ratios } of figures) {
  const between = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
  console.log(`| ${name} | ${our.toFixed(2)} | ${their.toFixed(2)} | ${ratio.toFixed(2)} | ${between} |`);
}
const load = (loadavg()[0] ?? Number.NaN).toFixed(1);
console.log(
  `\n${ROUNDS} rounds, ${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, Node ${process.version}, load ${load}`,
);
