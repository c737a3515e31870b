import type { ComparedOffer } from '../../../src/customer/index.ts';
import { msat } from '../../../src/protocol/index.ts';
import type { RunSummary } from '../../../web/engine/contract.ts';
import type { EarningsRow, JobRow } from '../../../web/engine/work-contract.ts';
import { bench, offer, jobRow, NOW, PROVIDER, runWith, service, signedIn, type Scene } from './parts.ts';

const ROWS = 10_000;

/** Every list that grows with use, with ten thousand rows. */
export const LONG_LISTS: Readonly<Record<string, () => Scene>> = {
  'runs-of-10000': () => ({ topics: { ...signedIn('Ada'), runs: many(summary) } }),
  'counted-runs': countedRuns,
  'services-of-10000': () => ({
    topics: {
      ...signedIn('Ada'),
      services: {
        looking: false,
        listing: { services: many((index) => service(index, {})), setAside: [], silentRelays: [] },
      },
    },
  }),
  'requests-of-10000': () => ({
    topics: { ...signedIn('Ada'), workbench: { ...bench(), inbox: many((index) => row(index)) } },
  }),
  'earnings-of-10000': () => ({ topics: { ...signedIn('Ada'), earnings: many(earned) } }),
  'offers-of-10000': () => ({
    topics: {
      ...signedIn('Ada'),
      run: {
        ...runWith(null),
        comparison: {
          requestId: keyOf(0),
          state: 'requested',
          collecting: true,
          offers: many((index): ComparedOffer => ({
            ...offer(),
            id: keyOf(index),
            providerPubkey: keyOf(index),
          })),
          refused: [],
          left: [],
          choice: null,
        },
      },
    },
  }),
  'events-of-10000': () => ({
    topics: {
      ...signedIn('Ada'),
      run: runWith({
        mediaType: 'application/json',
        content: JSON.stringify(
          many((index) => ({
            id: keyOf(index),
            pubkey: keyOf(index),
            created_at: NOW - index,
            kind: 1,
            tags: [],
            content: `note ${index}`,
            sig: 'd'.repeat(128),
          })),
        ),
      }),
    },
  }),
};

function many<Row>(rowOf: (index: number) => Row): Row[] {
  return Array.from({ length: ROWS }, (_, index) => rowOf(index));
}

function keyOf(index: number): string {
  return index.toString(16).padStart(64, '0');
}

function summary(index: number): RunSummary {
  return {
    requestId: keyOf(index),
    kind: 5001,
    about: `run ${index}`,
    state: 'received',
    amountMsat: msat(10_000n),
    providerPubkey: PROVIDER,
    openedAt: NOW - index,
    updatedAt: NOW - index,
    encrypted: index % 2 === 0,
  };
}

/** Runs that count, in `asked` of the page, how often it asks which one each is, and what each is about. */
function countedRuns(): Scene {
  const asked = { which: 0, about: 0 };
  Object.assign(globalThis, { asked });
  const counted = (index: number): RunSummary => {
    const { requestId, about, ...run } = summary(index);
    return {
      ...run,
      get requestId() {
        asked.which += 1;
        return requestId;
      },
      get about() {
        asked.about += 1;
        return about;
      },
    };
  };
  return { topics: { ...signedIn('Ada'), runs: many(counted) } };
}

function row(index: number): JobRow {
  return { ...jobRow(), requestId: keyOf(index), customerPubkey: keyOf(index) };
}

function earned(index: number): EarningsRow {
  return {
    requestId: keyOf(index),
    skillId: 'proof-reading',
    kind: 5001,
    customerPubkey: keyOf(index),
    askedAt: NOW - index * 600,
    endedAt: NOW - index * 600,
    work: 'closed',
    money: 'settled',
    exchange: 'prepay',
    amountMsat: msat(10_000n),
  };
}
