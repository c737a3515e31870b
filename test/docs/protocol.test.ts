import { readFileSync } from 'node:fs';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import {
  buildAnnouncement,
  buildCancellation,
  buildFeedback,
  buildHeartbeat,
  buildJobRequest,
  buildResult,
  buildReview,
  EXCHANGE_MODES,
  foldJob,
  isJobRequestKind,
  jobRole,
  KIND_CONTRACTS,
  msat,
  parseAnnouncement,
  parseAnswer,
  parseHeartbeat,
  parseJobRequest,
  retryCondition,
  workCondition,
  type EventTemplate,
  type NostrEvent,
  type Outcome,
} from '../../src/protocol/index.ts';
import { SUPPORTED_EXCHANGES } from '../../src/customer/index.ts';
import { sampleInvoice } from '../fixtures/signed-invoice.ts';
import { READERS } from '../protocol/event-readers.ts';
import { authored } from '../protocol/events.ts';
import { codesInSources } from './refusal-codes.ts';

const text = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');

/** What a placeholder of the examples stands for, as it stands inside of a JSON text. */
function valueOf(placeholder: string): string {
  if (placeholder === 'invoice') return sampleInvoice();
  if (placeholder.startsWith('ciphertext')) return 'AgAA';
  if (placeholder === 'request as JSON')
    return JSON.stringify(JSON.stringify({ id: valueOf('request'), pubkey: valueOf('customer') })).slice(
      1,
      -1,
    );
  return bytesToHex(sha256(utf8ToBytes(placeholder)));
}

/** The examples in order: events, and lists of private tags that belong to the event before them. */
const examples = [...text.matchAll(/```json\n(.*?)```/gs)].map(([, block = '']): unknown =>
  JSON.parse(block.replaceAll(/<([^<>]+)>/g, (_, placeholder: string) => valueOf(placeholder))),
);

function read(example: unknown, index: number): Outcome<object> {
  const template = example as EventTemplate;
  const inner = examples[index + 1];
  const decrypted = Array.isArray(inner) ? JSON.stringify(inner) : undefined;
  const author = isJobRequestKind(template.kind) || [5, 7].includes(template.kind) ? 'customer' : 'provider';
  return readEvent(authored(valueOf(author), template), decrypted);
}

function readEvent(event: NostrEvent, decrypted: string | undefined): Outcome<object> {
  const status = event.tags.find(([name]) => name === 'status')?.[1];
  const role = status === 'pong' ? null : jobRole(event);
  if (role !== null)
    return role === 'request' ? parseJobRequest(event, decrypted) : parseAnswer(event, decrypted);
  if (event.kind === 31990) return parseAnnouncement(event);
  if (event.kind === 11998) return parseHeartbeat(event);
  const reader = READERS[event.kind];
  if (reader === undefined) throw new Error(`Nothing reads kind ${event.kind}.`);
  return reader(event);
}

/** Rows of the table under a heading, by cells, without backquotes. */
function tableUnder(heading: string): string[][] {
  const section = text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

const firstCells = (heading: string): string[] => tableUnder(heading).map(([cell = '']) => cell);

describe('the examples', () => {
  const events = examples.flatMap((example, index) =>
    Array.isArray(example) || (example as EventTemplate).kind === 5 ? [] : [[index, example] as const],
  );

  test.each(events)('number %i is read: %o', (index, example) => {
    expect(read(example, index)).toMatchObject({ ok: true });
  });

  const found = (fits: (template: EventTemplate) => boolean, nth = 0): object => {
    const all = examples.flatMap((example, index) =>
      !Array.isArray(example) && fits(example as EventTemplate) ? [index] : [],
    );
    const index = all[nth];
    const outcome = index === undefined ? null : read(examples[index], index);
    return outcome?.ok ? outcome.value : {};
  };
  const hasStatus = (status: string) => (template: EventTemplate) =>
    template.kind === 7000 && template.tags.some((tag) => tag[0] === 'status' && tag[1] === status);
  const ofKind = (kind: number) => (template: EventTemplate) => template.kind === kind;

  test('say what the text around them says', () => {
    expect(found(ofKind(5050))).toMatchObject({
      inputs: [{ type: 'text' }],
      bid: { msat: 30_000n },
      exchanges: ['hold', 'free'],
      refundLud16: 'customer@wallet.example',
      targets: [valueOf('provider')],
    });
    const offer = {
      requestId: valueOf('request'),
      amount: { msat: 21_000n },
      bolt11: sampleInvoice(),
      exchange: 'hold',
      usualSeconds: 5,
      worstSeconds: 50,
      validUntil: 1_753_180_301,
    };
    expect(found(hasStatus('payment-required'))).toMatchObject(offer);
    expect(found(hasStatus('payment-required'), 1)).toMatchObject({
      rescue: { failedPubkey: valueOf('provider'), reason: 'late' },
    });
    expect(found(hasStatus('payment-required'), 2)).toMatchObject({ ...offer, encrypted: true });
    expect(found(hasStatus('payment-required'), 3)).toMatchObject({
      amount: { msat: 21_000n },
      plan: {
        title: 'A sketch',
        milestones: [{ amountMsat: 90_000n, title: 'The drawing' }],
        revisions: 2,
      },
    });
    expect(found(ofKind(5100))).toMatchObject({
      inputs: [{ type: 'job', data: valueOf('result') }, { type: 'text' }],
      targets: [valueOf('provider')],
      followUp: { requestId: valueOf('request'), offerId: valueOf('offer'), step: 'revision', number: 1 },
    });
    expect(found(hasStatus('error'))).toMatchObject({ error: { code: 'bid-too-low' } });
    expect(found(hasStatus('partial'))).toMatchObject({ content: 'A red fox' });
    expect(found(ofKind(5050), 1)).toMatchObject({
      inputs: [{ data: 'What is the capital of France?' }],
      content: 'please be brief',
      exchanges: ['hold', 'free'],
    });
    expect(found(ofKind(5001))).toMatchObject({ chain: new Map([[valueOf('request'), valueOf('result')]]) });
    expect(found(ofKind(6050))).toMatchObject({
      requestId: valueOf('request'),
      customerPubkey: valueOf('customer'),
    });
    expect(found(ofKind(68_001))).toMatchObject({
      kind: 5000,
      bid: { msat: 25_000n },
      params: new Map([
        ['range', ['900', '930']],
        ['model', ['whisper-1']],
      ]),
    });
    expect(found(ofKind(68_002))).toMatchObject({ amount: { msat: 21_000n }, bolt11: sampleInvoice() });
    expect(found(ofKind(68_002), 1)).toMatchObject({ status: 'error', error: { code: 'handler-failed' } });
    expect(found(ofKind(7))).toMatchObject({ rating: 0.8, payment: { preimage: valueOf('preimage') } });
  });

  test('of a cancellation withdraws its request', () => {
    const cancellation = examples.find((example) => (example as EventTemplate).kind === 5) as EventTemplate;
    const request = {
      ...authored(valueOf('customer'), examples[0] as EventTemplate),
      id: valueOf('request'),
    };
    const picture = foldJob({ request, events: [authored(valueOf('customer'), cancellation)] });
    expect(picture).toMatchObject({ state: 'cancelled', cancellation: { reason: 'no longer needed' } });
  });
});

test('the table of kinds is the catalogue', () => {
  const catalogue = KIND_CONTRACTS.map(({ kind, name, status, variants = [] }) => [
    String(kind),
    String(kind + 1000),
    name,
    status,
    variants.map((variant) => `${variant.id}: ${variant.status}`).join(', ') || '–',
  ]);
  expect(tableUnder('Kinds')).toEqual(catalogue);
});

test('the table of exchange modes has them all, and says which are sold and bought', () => {
  const rows = tableUnder('Exchange modes');
  expect(new Set(rows.map(([mode]) => mode))).toEqual(new Set(EXCHANGE_MODES));
  const bought = rows.filter((row) => row[3] === 'buys').map(([mode]) => mode);
  expect(new Set(bought)).toEqual(new Set(SUPPORTED_EXCHANGES));
});

test('the conditions that are asked for by themselves are in their table', () => {
  const asked = [workCondition(20), retryCondition(1)].map(({ code }) => code);
  expect(firstCells('Conditions')).toEqual(expect.arrayContaining(asked));
});

describe('the refusal codes', () => {
  /** Codes of the sources that no customer is told, and why not. */
  const UNTOLD: Readonly<Record<string, string>> = {
    'not-for-us': 'not answered',
    blocked: 'not answered',
    'condition-unchecked': 'told to the provider',
    'chain-missing': 'of buying a chain',
    expired: 'not answered',
    stale: 'not answered',
    flooded: 'told to the provider',
    'provider-broke': 'told to the provider',
    'subscription-closed': 'told to the provider',
    'message-lost': 'told to the provider',
    'announcement-refused': 'told to the provider',
    'listener-failed': 'told to the provider',
    'wallet-internal': 'told to the provider',
    'spending-not-allowed': 'told to the handler',
    'no-services': 'of starting a provider',
    'invalid-service': 'of starting a provider',
    'duplicate-service': 'of starting a provider',
    'wallet-needed': 'of starting a provider',
    'wallet-cannot-hold': 'of starting a provider',
    'endpoint-missing': 'of starting a service',
    'endpoint-unavailable':
      'of starting a service, else told as service-unavailable or transcriber-unavailable',
    'endpoint-key-missing': 'told as service-unavailable or transcriber-unavailable',
    'tool-missing': 'of starting a service',
    'tool-unusable': 'of starting a service',
    'invalid-workflow': 'of starting a service',
    'key-missing': 'of starting a service',
    'mcp-unavailable': 'of starting a service',
    'module-not-found': 'of starting a service',
    'module-not-loadable': 'of starting a service',
    'module-has-no-handler': 'of starting a service',
    'output-too-large': 'told as result-too-large',
    failed: 'told as file-unreadable',
    'not-started': 'told as handler-failed or service-unavailable',
    'task-timeout': 'told as file-unreadable or text-unreadable',
    'task-crashed': 'told as file-unreadable or text-unreadable',
    'task-out-of-memory': 'told as file-too-large or text-unreadable',
    'model-input-too-long': 'the service falls back to its own summary',
    'model-key-missing': 'the service falls back to its own summary',
    'model-unavailable': 'the service falls back to its own summary',
  };
  const inSources = [...codesInSources().keys()].filter((code) => /^[a-z-]+$/.test(code));

  test('are all in the table', () => {
    const told = inSources.filter((code) => !Object.hasOwn(UNTOLD, code));
    expect(firstCells('Refusal codes').toSorted()).toEqual(told.toSorted());
  });

  test('are listed as untold only where they exist', () => {
    expect(Object.keys(UNTOLD).filter((code) => !inSources.includes(code))).toEqual([]);
  });
});

test('every tag that is written and not of a NIP has its row', () => {
  const [createdAt, other] = [1, valueOf('result')];
  const request = authored(
    valueOf('customer'),
    buildJobRequest({
      kind: 5050,
      inputs: [{ data: 'x', type: 'text', relay: null, marker: null }],
      params: new Map([['a', ['b']]]),
      outputs: ['text/plain'],
      bidMsat: msat(1n),
      relays: ['wss://relay.example'],
      targets: [valueOf('provider')],
      exchanges: ['hold'],
      expiresAt: 2,
      chain: new Map([[other, other]]),
      refundLud16: 'a@b.example',
      welcomesRescue: true,
      followUp: { requestId: other, offerId: other, step: 'revision', number: 1 },
      createdAt,
    }),
  );
  const money = { amountMsat: msat(1n), bolt11: sampleInvoice() };
  const payment = { bolt11: sampleInvoice(), preimage: other };
  const announcement = { acceptsNutzaps: true, supportsEncryption: true, nip90Params: new Map(), createdAt };
  const written: EventTemplate[] = [
    request,
    buildFeedback({
      request,
      ...money,
      status: 'error',
      exchange: 'ecash-htlc',
      ecash: { mints: ['https://mint.example'], htlc: { paymentHash: other, lockPubkey: other } },
      usualSeconds: 1,
      worstSeconds: 2,
      validUntil: 3,
      error: { code: 'x', detail: 'y' },
      conditions: [{ code: 'x', detail: 'y' }],
      rescue: { failedPubkey: other, reason: 'late' },
      plan: { title: 'x', milestones: [{ amountMsat: msat(1n), title: 'y' }], revisions: 1 },
      createdAt,
    }),
    buildResult({ request, ...money, content: 'x', revealHash: other, createdAt }),
    buildReview({ reviewed: request, rating: 1, payment, createdAt }),
    buildCancellation({ requestId: other, requestKind: 5050, createdAt }),
    buildAnnouncement({
      ...announcement,
      identifier: 'x',
      kinds: [5050],
      name: 'x',
      about: 'x',
      amount: 'free',
    }),
    buildHeartbeat({ identifier: 'x', status: 'online', createdAt }),
  ];
  const ofNips =
    'i output param bid relays p e k d a t request amount status encrypted expiration alt content'.split(' ');
  const ours = new Set(
    written.flatMap(({ tags }) => tags.map(([name = '']) => name)).filter((name) => !ofNips.includes(name)),
  );
  const documented = new Set(firstCells('Extra tags'));
  expect([...ours].filter((name) => !documented.has(name))).toEqual([]);
  expect([...documented].filter((name) => name !== 'salt' && !ours.has(name))).toEqual([]);
});
