import { BOLT11, CUSTOMER, hex32, OTHER_PROVIDER, PROVIDER, STRANGER } from './events.ts';
import type { WireFact } from './wire-fact.ts';

const REQUEST = hex32(0x11);
const e = ['e', REQUEST] as const;
const p = ['p', CUSTOMER] as const;
const feedback = { kind: 7000 } as const;

function status(raw: string, meaning: string, fact = 1): WireFact {
  return {
    fact,
    says: `the status ${raw} means ${meaning}`,
    ...feedback,
    tags: [['status', raw], e, p],
    reads: { status: meaning, rawStatus: raw, requestId: REQUEST },
  };
}

function price(
  fact: number,
  says: string,
  tags: WireFact['tags'],
  amount: bigint | null,
  bolt11: string | null,
): WireFact {
  return {
    fact,
    says,
    ...feedback,
    tags: [['status', 'payment-required'], ...tags, e, p],
    reads: { amount: { msat: amount }, bolt11 },
  };
}

/** Feedback and results as peers send them. */
export const ANSWER_FACTS: readonly WireFact[] = [
  status('payment_required', 'payment-required'),
  status('Payment-Required', 'payment-required'),
  status('scheduled', 'processing'),
  status('chain-scheduled', 'processing'),
  status('payment-accepted', 'processing'),
  status('payment-rejected', 'error'),
  status('subscription-required', 'other'),
  status('thinking about it', 'other'),
  status('pong', 'other', 19),
  {
    fact: 2,
    says: 'NDK copies the p tags of the request in front of the customer and marks the e tag as job',
    ...feedback,
    tags: [['p', OTHER_PROVIDER], ['e', REQUEST, '', 'job', CUSTOMER], p, ['status', 'processing']],
    reads: { requestId: REQUEST, customerPubkey: CUSTOMER, status: 'processing' },
  },
  {
    fact: 2,
    says: 'the customer is the last p where nothing else names it',
    ...feedback,
    tags: [['p', PROVIDER], ['p', OTHER_PROVIDER], p, e, ['status', 'processing']],
    reads: { customerPubkey: CUSTOMER },
  },
  {
    fact: 2,
    says: 'the e tag marked job wins over another e tag',
    ...feedback,
    tags: [
      ['e', hex32(0x99)],
      ['e', REQUEST, '', 'job'],
      ['status', 'processing'],
    ],
    reads: { requestId: REQUEST },
  },
  {
    fact: 3,
    says: 'ezdvm feedback names no customer',
    ...feedback,
    tags: [e, ['status', 'processing']],
    reads: { requestId: REQUEST, customerPubkey: null },
  },
  {
    fact: 4,
    says: 'nostrdvm results repeat p and carry a status, relays and an expiration',
    kind: 6050,
    tags: [
      ['request', JSON.stringify({ id: REQUEST, pubkey: CUSTOMER, kind: 5050, tags: [] })],
      e,
      p,
      ['alt', 'NIP90 result'],
      ['status', 'success'],
      ['relays', 'wss://a.example'],
      ['i', 'hi', 'text'],
      ['expiration', '1700000600'],
      p,
    ],
    content: 'hello',
    reads: { requestId: REQUEST, customerPubkey: CUSTOMER, amount: null, content: 'hello', encrypted: false },
  },
  {
    fact: 4,
    says: 'encrypted nostrdvm results carry only encrypted, p and e',
    kind: 6050,
    tags: [['encrypted'], p, e],
    content: 'cipher',
    decrypted: '[["a","b"]]',
    reads: { requestId: REQUEST, encrypted: true, content: '[["a","b"]]' },
  },
  {
    fact: 5,
    says: 'encrypted nostrdvm feedback is a list of tags with the text in a content tag',
    ...feedback,
    tags: [['encrypted'], p, e],
    content: 'cipher',
    decrypted: JSON.stringify([
      ['status', 'partial', 'half'],
      ['amount', 5000],
      ['content', 'so far'],
    ]),
    reads: { status: 'partial', info: 'half', amount: { msat: 5000n }, content: 'so far', encrypted: true },
  },
  {
    fact: 6,
    says: 'encrypted feedback may be plain text',
    ...feedback,
    tags: [['status', 'partial'], ['encrypted'], p, e],
    content: 'cipher',
    decrypted: 'just words',
    reads: { status: 'partial', content: 'just words' },
  },
  {
    fact: 6,
    says: 'a decrypted sample of a feed is content, not tags of the feedback',
    ...feedback,
    tags: [['status', 'partial'], ['encrypted'], p, e],
    content: 'cipher',
    decrypted: JSON.stringify([['e', hex32(0x99)]]),
    reads: { requestId: REQUEST, content: JSON.stringify([['e', hex32(0x99)]]) },
  },
  price(9, 'plain digits are millisatoshis', [['amount', '21000', BOLT11]], 21_000n, BOLT11),
  price(
    9,
    'dvmcp writes sats and a tag of its own for the invoice',
    [
      ['amount', '100', 'sats'],
      ['invoice', BOLT11],
    ],
    100_000n,
    BOLT11,
  ),
  price(
    9,
    'a word where the number should be is ambiguous; the invoice still counts',
    [['amount', 'some', BOLT11]],
    null,
    BOLT11,
  ),
  price(
    9,
    'the word invoice stands before the invoice',
    [['amount', '1000', 'invoice', BOLT11]],
    1000n,
    BOLT11,
  ),
  price(9, 'amount and invoice changed places', [['amount', BOLT11, '1000']], 1000n, BOLT11),
  price(
    9,
    'an invoice may be an upper-case lightning: link',
    [['amount', '1000', `lightning:${BOLT11.toUpperCase()}`]],
    1000n,
    BOLT11,
  ),
  price(9, 'other money is not guessed at', [['amount', '1', 'usd']], null, null),
  price(9, 'two numbers are not guessed at', [['amount', '1000', '2000']], null, null),
  price(
    9,
    'two amount tags that disagree are not guessed at',
    [
      ['amount', '1000'],
      ['amount', '1'],
    ],
    null,
    null,
  ),
  price(9, 'more than can exist is no amount', [['amount', '9'.repeat(19)]], null, null),
  price(
    9,
    'negative numbers, fractions and exponents are no amounts',
    [['amount', '-1000', '1.5', '1e3']],
    null,
    null,
  ),
  price(
    24,
    "elisym's payment request in other money",
    [['amount', '1000', '{"recipient":"x"}', 'solana']],
    null,
    null,
  ),
  price(25, 'underscores between thousands', [['amount', '100_000', BOLT11]], 100_000n, BOLT11),
  price(25, 'a unit before the invoice', [['amount', '7', 'sat', BOLT11]], 7000n, BOLT11),
  price(25, 'a unit after the invoice', [['amount', '7', BOLT11, 'msats']], 7n, BOLT11),
  price(25, 'a lightning address beside the amount', [['amount', '7000', 'bot@wallet.example']], 7000n, null),
  price(25, 'a Cashu payment request leaves the unit open', [['amount', '1', 'creqAx']], null, null),
  price(25, 'an amount tag without a value', [['amount']], null, null),
  {
    fact: 25,
    says: 'an s tag stands for the status',
    ...feedback,
    tags: [['s', 'processing', 'step 1'], e],
    reads: { status: 'processing', info: 'step 1' },
  },
  {
    fact: 25,
    says: 'tags without values are as good as absent',
    ...feedback,
    tags: [['status'], ['eta'], ['error'], ['exchange'], ['e'], ['p'], e],
    reads: {
      status: 'other',
      rawStatus: null,
      usualSeconds: null,
      error: null,
      exchange: null,
      requestId: REQUEST,
    },
  },
  {
    fact: 25,
    says: 'the request tag holds a bare id',
    kind: 6050,
    tags: [['request', REQUEST]],
    reads: { requestId: REQUEST, customerPubkey: null },
  },
  {
    fact: 25,
    says: 'the request tag holds a Python dict',
    kind: 6250,
    tags: [
      ['request', `{'id': '${REQUEST}', 'pubkey': '${CUSTOMER}', 'kind': 5250}`],
      ['p', STRANGER],
    ],
    reads: { requestId: REQUEST, customerPubkey: CUSTOMER },
  },
  {
    fact: 25,
    says: 'the request tag holds doubly encoded JSON',
    kind: 6050,
    tags: [['request', JSON.stringify(JSON.stringify({ id: REQUEST, pubkey: CUSTOMER }))]],
    reads: { requestId: REQUEST, customerPubkey: CUSTOMER },
  },
  {
    fact: 25,
    says: 'a request tag about another job does not say who the customer is',
    kind: 6050,
    tags: [['request', JSON.stringify({ id: hex32(0x99), pubkey: STRANGER })], e, p],
    reads: { requestId: REQUEST, customerPubkey: CUSTOMER },
  },
  {
    fact: 25,
    says: 'encrypted feedback has no status outside',
    ...feedback,
    tags: [['encrypted'], e, p],
    content: 'cipher',
    reads: { status: 'other', rawStatus: null, encrypted: true, content: 'cipher' },
  },
];
