import type { Purchase } from '../../../src/ledger/index.ts';
import { msat, ZERO_MSAT } from '../../../src/protocol/index.ts';
import type { EngineTopics, WalletState } from '../../../web/engine/contract.ts';
import { CUSTOMER, ID, NOW, offer, PROVIDER, runWith, service, signedIn, type Scene } from './parts.ts';

const MINT = 'https://mint.example';
const OTHER = 'e'.repeat(64);
const TASK = 'Condense the story of the first vending machine.';

/** Payments that were refused, or must not be begun; words to several; what this browser alone keeps. */
export const PAYING: Readonly<Record<string, () => Scene>> = {
  'refused-by-person': () => refused({ by: 'wallet', reason: 'declined' }, { by: 'qr' }),
  'run-out': () => refused({ by: 'wallet', reason: 'wallet-timeout' }, { by: 'qr' }),
  'refused-by-budget': () => refused({ by: 'wallet', reason: 'over-budget' }),
  'refused-by-mint': () => refused({ by: 'mint', reason: 'insufficient-ecash' }, { by: null }),
  'refused-by-wallet': () => refused({ by: 'wallet', reason: 'insufficient-balance' }),
  'ecash-over-budget': () => {
    const topics = paying({ budgetMsat: msat(12_000n), spentMsat: msat(5_000n) });
    const run = runWith(null, TASK);
    const inEcash = { ...offer(), exchange: 'ecash-htlc', ecash: { mints: [MINT], htlc: null } } as const;
    const comparison = {
      requestId: ID,
      state: 'requested',
      collecting: false,
      offers: [inEcash],
      refused: [],
      left: [],
      choice: null,
    } as const;
    const mint = { url: MINT, amountMsat: ZERO_MSAT, heldMsat: ZERO_MSAT, trouble: null };
    const ecash = { hostMint: MINT, mints: [mint], underWay: [], tokens: [] };
    return { topics: { ...topics, ecash, run: { ...run, comparison } } };
  },
  'asked-two': () => ({
    topics: {
      ...paying({}),
      session: {
        step: 'signed-in',
        session: { pubkey: CUSTOMER, by: 'new-key', name: 'Ada', canSign: true },
      },
      run: {
        ...runWith(null, TASK),
        together: [
          { requestId: ID, providerPubkey: PROVIDER, state: 'requested', failure: null },
          { requestId: OTHER, providerPubkey: OTHER, state: 'requested', failure: null },
        ],
        comparison: {
          requestId: ID,
          state: 'requested',
          collecting: false,
          offers: [offer()],
          refused: [],
          left: [],
          choice: null,
        },
      },
    },
    words: { [ID]: [], [OTHER]: [said(OTHER, 'How long may it be?')] },
    calls: { 'market.write': { ok: true, value: undefined } },
  }),
  'asked-one': () => {
    const run = runWith(null, TASK);
    const request = { ...run.purchase.request, tags: [['p', PROVIDER]] };
    return {
      topics: { ...paying({}), words: [], run: { ...run, purchase: { ...run.purchase, request } } },
      calls: { 'market.write': { ok: true, value: undefined } },
    };
  },
  favourites: () => {
    const { announcement: _, ...entry } = { ...service(0, {}), pubkey: PROVIDER };
    const provider = { ...entry, services: [service(0, {})], operators: [] };
    return {
      topics: paying({}),
      calls: {
        'directory.provider': { ok: true, value: provider },
        'directory.favourite': { ok: true, value: undefined },
      },
    };
  },
  'key-here': () => ({
    topics: {
      ...paying({}),
      session: {
        step: 'signed-in',
        session: { pubkey: CUSTOMER, by: 'new-key', name: 'Ada', canSign: true },
      },
    },
  }),
  'open-run': () => ({
    topics: {
      ...paying({}),
      runs: [
        {
          requestId: ID,
          kind: 5001,
          about: TASK,
          state: 'locked',
          amountMsat: msat(10_000n),
          providerPubkey: PROVIDER,
          openedAt: NOW - 600,
          updatedAt: NOW - 500,
          encrypted: false,
        },
      ],
    },
  }),
  'taken-elsewhere': () => ({
    topics: {
      ...paying({}),
      runs: [],
      elsewhere: { code: 'bought-elsewhere', message: 'It goes on in another browser.' },
    },
    calls: { 'books.take-over': refusal('bought-elsewhere') },
  }),
  'token-of-stranger': () => ({
    topics: { ...paying({}), ecash: { hostMint: null, mints: [], underWay: [], tokens: [] } },
    calls: {
      'ecash.receive': {
        ok: false,
        failure: { code: 'untrusted-mint', message: 'Not trusted.', data: { mintUrl: `${MINT}/Bitcoin` } },
      },
      'ecash.add-mint': refusal('mint-unreachable'),
    },
  }),
};

function paying(wallet: Partial<WalletState>): Scene['topics'] {
  const topics = signedIn('Ada');
  if (topics.wallet === undefined) throw new Error('who is signed in has a wallet');
  return {
    ...topics,
    host: { playMoney: false },
    signer: null,
    words: [],
    elsewhere: null,
    wallet: { ...topics.wallet, ...wallet },
  };
}

function refused(data: Readonly<Record<string, unknown>>, wallet: Partial<WalletState> = {}): Scene {
  const run = runWith(null, TASK);
  const failure: Purchase['failure'] = { code: 'wallet-refused', message: 'It did not pay.', data };
  return { topics: { ...paying(wallet), run: { ...run, purchase: { ...run.purchase, failure } } } };
}

function said(by: string, text: string): EngineTopics['words']['state'][number] {
  return { id: by, mine: false, by, type: 'question', text, at: NOW - 5 };
}

function refusal(code: string): { readonly ok: false; readonly failure: { code: string; message: string } } {
  return { ok: false, failure: { code, message: 'It came to nothing.' } };
}
