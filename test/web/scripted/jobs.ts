import { msat, ZERO_MSAT } from '../../../src/protocol/index.ts';
import type { JobState } from '../../../web/engine/work-contract.ts';
import { bench, CUSTOMER, event, ID, jobRow, NOW, PROVIDER, type Scene } from './parts.ts';
import { market, TASK } from './screens.ts';

const OTHER = 'e'.repeat(64);
const PRICE = msat(50_000n);
const DRAFT = { content: 'The machine gave holy water for a coin.', mediaType: 'text/plain', file: null };
const QUOTE: NonNullable<JobState['sale']['quote']> = {
  amountMsat: PRICE,
  usualSeconds: 3600,
  worstSeconds: 7200,
  validUntil: NOW + 86_400,
  paymentHash: null,
  preimage: null,
  bolt11: null,
};

/** The states in which a person meets a job that somebody else asked for. */
export const JOBS: Readonly<Record<string, () => Scene>> = {
  'job-asked': () => workOn({ work: 'received', money: 'none' }),
  'job-unpayable': () =>
    workOn(
      { work: 'received', money: 'none' },
      {
        asked: {
          ...ASKED,
          exchanges: ['ecash-htlc'],
          mints: ['https://other.example'],
          inputs: [{ type: 'event', data: OTHER, marker: 'Reply', file: null }],
        },
      },
    ),
  'job-agreed': () =>
    workOn(
      { work: 'received', money: 'none' },
      { continues: { requestId: OTHER, offerId: OTHER, step: 'milestone', number: 2 } },
    ),
  'job-offered': () =>
    workOn({ work: 'accepted', money: 'quoted' }, { row: { ...jobRow(), dueAt: NOW + 300 } }),
  'job-working': () => workOn({ work: 'working', money: 'locked' }, { draft: DRAFT, draftVersion: 1 }),
  'job-submitted': () =>
    workOn(
      { work: 'working', money: 'locked' },
      {
        draft: { ...DRAFT, file: { blob: new Blob(['water']), name: 'water.txt' } },
        submitted: true,
        troubles: [trouble('blob-unreachable')],
      },
    ),
  'job-cancelled': () =>
    workOn({ work: 'cancelled', money: 'refund-due' }, { draft: DRAFT, draftVersion: 3, owedMsat: PRICE }),
  'job-unpaid': () => workOn({ work: 'cancelled', money: 'quoted' }),
  'job-delivered': () => workOn({ work: 'closed', money: 'settled', result: event(6001, 'It is done.') }),
  'job-complained': () =>
    workOn(
      { work: 'closed', money: 'settled', quote: QUOTE, result: event(6001, 'It is done.') },
      { troubles: [{ ...trouble('complaint'), words: 'Half of the story is missing.' }] },
    ),
  'job-lost': () =>
    workOn({
      work: 'closed',
      money: 'released',
      result: event(6001, 'It is done.'),
      failure: { code: 'hold-lost', message: 'The held payment ended before the work was done.' },
    }),
};

const ASKED: NonNullable<JobState['asked']> = {
  inputs: [{ type: 'text', data: TASK, marker: null, file: null }],
  params: [{ name: 'length', values: ['4 paragraphs'] }],
  outputs: ['text/plain'],
  bidMsat: PRICE,
  exchanges: ['ecash-htlc', 'prepay'],
  mints: [],
  expiresAt: NOW + 7200,
};

const MINT = { url: 'https://mint.example', amountMsat: ZERO_MSAT, heldMsat: ZERO_MSAT, trouble: null };

function trouble(code: string): JobState['troubles'][number] {
  return { code, message: 'It came to nothing.', words: null, at: NOW - 20 };
}

function workOn(
  sale: Pick<JobState['sale'], 'work' | 'money'> & Partial<JobState['sale']>,
  more: Partial<JobState> = {},
): Scene {
  const { work, money } = sale;
  return {
    topics: {
      ...market(),
      ecash: { hostMint: null, mints: [MINT], underWay: [], tokens: [] },
      workbench: bench(),
      job: {
        sale: {
          providerPubkey: PROVIDER,
          requestId: ID,
          customerPubkey: CUSTOMER,
          serviceId: 'proof-reading',
          request: event(5001, '', TASK),
          exchange: 'hold',
          quote: null,
          refund: null,
          goodwill: null,
          lockedAt: null,
          token: null,
          result: null,
          failure: null,
          deadlineAt: NOW + 7200,
          lease: null,
          attempts: 0,
          openedAt: NOW - 60,
          updatedAt: NOW - 30,
          version: 2,
          ...sale,
        },
        asked: ASKED,
        record: {
          paidSales: 2,
          paidMsat: msat(60_000n),
          firstPaidAt: NOW - 86_400,
          unpaidSales: 1,
          unpaidMsat: msat(5_000n),
          openUnpaidMsat: ZERO_MSAT,
        },
        plan: null,
        continues: null,
        draft: null,
        draftVersion: 0,
        submitted: false,
        troubles: [],
        owedMsat: null,
        delivered:
          sale.result === undefined || sale.result === null
            ? null
            : { content: sale.result.content, mediaType: 'text/markdown', file: null },
        words: [
          {
            id: ID,
            mine: false,
            by: CUSTOMER,
            type: 'question',
            text: 'How long will it take?',
            at: NOW - 50,
          },
          { id: OTHER, mine: true, by: PROVIDER, type: 'note', text: 'An hour.', at: NOW - 40 },
        ],
        picture: null,
        ...more,
        row: { ...jobRow(), ...more.row, work, money },
      },
    },
  };
}
