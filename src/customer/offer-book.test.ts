import { array, assert, constantFrom, integer, property, record, shuffledSubarray } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authored, CUSTOMER, hex32, OTHER_PROVIDER, PROVIDER, STRANGER } from '../../test/protocol/events.ts';
import {
  buildFeedback,
  buildJobRequest,
  buildResult,
  foldJob,
  msat,
  parseJobRequest,
  ZERO_MSAT,
  type ExchangeMode,
  type JobFeedbackDraft,
  type JobResultDraft,
  type NostrEvent,
} from '../protocol/index.ts';
import { OfferBook } from './offer-book.ts';

const START = 1_700_000_000;
const INVOICE = 'lnbcrt10u1pjexampleinvoice';

function requestTo(targets: readonly string[]): NostrEvent {
  return authored(
    CUSTOMER,
    buildJobRequest({
      kind: 5050,
      inputs: [],
      params: new Map(),
      outputs: [],
      relays: [],
      targets,
      createdAt: START,
    }),
  );
}

const job = requestTo([]);

function bookOf(request: NostrEvent = job): OfferBook {
  const parsed = parseJobRequest(request);
  if (!parsed.ok) throw new Error(parsed.failure.message);
  return new OfferBook(parsed.value);
}

function bookWith(...events: readonly NostrEvent[]): OfferBook {
  const book = bookOf();
  for (const event of events) book.hear(event);
  return book;
}

function says(
  author: string,
  at: number,
  status: JobFeedbackDraft['status'],
  more: Partial<JobFeedbackDraft> = {},
): NostrEvent {
  return authored(author, buildFeedback({ request: job, status, createdAt: START + at, ...more }));
}

function quotes(author: string, at: number, sats: number, more: Partial<JobFeedbackDraft> = {}): NostrEvent {
  const price = { amountMsat: msat(BigInt(sats) * 1000n), bolt11: INVOICE, exchange: 'hold' as const };
  return says(author, at, 'payment-required', { ...price, ...more });
}

function delivers(author: string, at: number, content = 'done', request = job): NostrEvent {
  return authored(author, buildResult({ request, content, createdAt: START + at }));
}

/** A result that is to be paid for. */
function asks(author: string, at: number, sats: number, more: Partial<JobResultDraft> = {}): NostrEvent {
  const price = { amountMsat: msat(BigInt(sats) * 1000n), bolt11: INVOICE };
  return authored(
    author,
    buildResult({ request: job, content: 'done', createdAt: START + at, ...price, ...more }),
  );
}

function promises(author: string, at: number, sats: number, exchange: ExchangeMode): NostrEvent {
  return says(author, at, 'processing', { exchange, amountMsat: msat(BigInt(sats) * 1000n) });
}

function stranger(index: number): string {
  return index.toString(16).padStart(64, '0');
}

describe('who was not addressed', () => {
  const named = requestTo([OTHER_PROVIDER]);
  const rescue = { failedPubkey: OTHER_PROVIDER, reason: 'late' as const };
  const book = (request: NostrEvent, ...events: readonly NostrEvent[]) => {
    const heard = bookOf(request);
    for (const event of events) heard.hear(event);
    return heard;
  };
  const stepsIn = (request: NostrEvent, more: Partial<JobFeedbackDraft> = {}) =>
    quotes(PROVIDER, 2, 10, { request, rescue, ...more });

  test('is heard from an offer to step in on, and not before', () => {
    const early = says(PROVIDER, 1, 'error', { request: named });
    expect(book(named, early, delivers(PROVIDER, 1, 'done', named)).errors()).toEqual([]);
    const heard = book(named, early, stepsIn(named), says(PROVIDER, 3, 'error', { request: named }));
    expect(heard.offers()).toMatchObject([{ providerPubkey: PROVIDER, rescue, withdrawn: true }]);
    expect(heard.allTargetsAnswered()).toBe(false);
  });

  test('is not heard with an ordinary offer, nor about what only its provider can read, or another job', () => {
    const sealed = authored(CUSTOMER, { ...named, tags: [...named.tags, ['encrypted']] });
    expect(book(named, quotes(PROVIDER, 2, 10, { request: named })).offers()).toEqual([]);
    expect(book(sealed, stepsIn(sealed)).offers()).toEqual([]);
    expect(book(named, stepsIn(job), delivers(PROVIDER, 3, 'done', named)).offers()).toEqual([]);
    expect(book(named, says(PROVIDER, 2, 'processing', { request: named, rescue })).offers()).toEqual([]);
  });

  test('is no more than so many, so that a flood fills no memory', () => {
    const flood = Array.from({ length: 250 }, (_, index) =>
      quotes(stranger(index), 2, 10, { request: named, rescue }),
    );
    expect(book(named, ...flood).offers()).toHaveLength(200);
  });
});

describe('an offer book', () => {
  test('keeps the latest quote of a provider, whichever came first', () => {
    const early = quotes(PROVIDER, 1, 10);
    const late = quotes(PROVIDER, 2, 20);
    for (const order of [
      [early, late],
      [late, early],
    ])
      expect(bookWith(...order).offers()).toMatchObject([{ id: late.id, amountMsat: 20_000n }]);
  });

  test('reads a quote without a mode as plain NIP-90: pay first', () => {
    const plain = says(PROVIDER, 1, 'payment-required', { amountMsat: msat(1000n), bolt11: INVOICE });
    expect(bookWith(plain).offers()).toMatchObject([{ exchange: 'prepay' }]);
  });

  test('takes work that asks for nothing as a free offer, until the provider names a price', () => {
    const processing = says(PROVIDER, 1, 'processing', { usualSeconds: 1, worstSeconds: 5 });
    expect(bookWith(processing).offers()).toMatchObject([
      { exchange: 'free', amountMsat: ZERO_MSAT, delivered: false, worstSeconds: 5 },
    ]);
    expect(bookWith(processing, quotes(PROVIDER, 2, 10)).offers()).toMatchObject([{ exchange: 'hold' }]);
  });

  test('does not take the progress of paid work as a free offer', () => {
    expect(bookWith(says(PROVIDER, 1, 'processing', { exchange: 'hold' })).offers()).toEqual([]);
    expect(bookWith(says(PROVIDER, 1, 'processing', { amountMsat: msat(5n) })).offers()).toEqual([]);
  });

  test('a result without a price is a delivered free offer; one with a price is to be paid for', () => {
    const free = delivers(PROVIDER, 3);
    expect(bookWith(free).offers()).toMatchObject([{ id: free.id, delivered: true, amountMsat: ZERO_MSAT }]);
    const priced = asks(PROVIDER, 3, 9);
    expect(bookWith(priced, quotes(PROVIDER, 4, 1)).offers()).toMatchObject([
      { id: priced.id, delivered: true, exchange: 'postpay', amountMsat: 9000n, bolt11: INVOICE },
    ]);
    const locked = asks(PROVIDER, 3, 9, { revealHash: hex32(7) });
    expect(bookWith(locked).offers()).toMatchObject([
      { exchange: 'reveal', reveal: { paymentHash: hex32(7), version: 'v1' }, delivered: true },
    ]);
  });

  test('a locked result is no gift, even without a price', () => {
    const locked = authored(
      PROVIDER,
      buildResult({ request: job, content: 'x', revealHash: hex32(7), createdAt: START }),
    );
    expect(bookWith(locked).offers()).toMatchObject([{ exchange: 'reveal', bolt11: null }]);
  });

  test.each(['postpay', 'sample', 'reveal'] as const)(
    'takes work begun for a price by %s as a promise, and the first one as binding',
    (exchange) => {
      const first = promises(PROVIDER, 1, 10, exchange);
      const again = promises(PROVIDER, 2, 50, exchange);
      for (const order of [
        [first, again],
        [again, first],
      ])
        expect(bookWith(...order).offers()).toMatchObject([
          { id: first.id, exchange, isPromise: true, amountMsat: 10_000n, bolt11: null, delivered: false },
        ]);
    },
  );

  test('keeps what was promised beside what is asked for in the end', () => {
    const promise = promises(PROVIDER, 1, 10, 'postpay');
    const dearer = asks(PROVIDER, 2, 50);
    for (const order of [
      [promise, dearer],
      [dearer, promise],
    ])
      expect(bookWith(...order).offers()).toMatchObject([{ amountMsat: 50_000n, promisedMsat: 10_000n }]);
  });

  test('a quote follows a promise with a sample; a promise takes the place of an older quote', () => {
    const promise = promises(PROVIDER, 2, 10, 'sample');
    const quote = quotes(PROVIDER, 2, 10, { exchange: 'sample', content: 'the first line' });
    expect(bookWith(quote, promise).offers()).toMatchObject([{ id: quote.id, sample: 'the first line' }]);
    expect(bookWith(quotes(PROVIDER, 1, 10), promise).offers()).toMatchObject([{ id: promise.id }]);
  });

  test('only the sample of a sample offer is one', () => {
    expect(bookWith(quotes(PROVIDER, 1, 10, { content: 'hello' })).offers()).toMatchObject([
      { sample: null },
    ]);
  });

  test('a flood of dear results keeps no cheaper one out', () => {
    const book = bookOf();
    for (let index = 1; index <= 100; index++) book.hear(asks(stranger(index), 1, 1000 + index));
    book.hear(asks(PROVIDER, 1, 7));
    expect(book.offers().length).toBeLessThanOrEqual(20);
    expect(book.offerOf(PROVIDER)).toMatchObject({ amountMsat: 7000n });
  });

  test('an error takes back what is not newer than itself', () => {
    const error = says(PROVIDER, 5, 'error', { error: { code: 'over-capacity', detail: 'later' } });
    const book = bookWith(error, quotes(PROVIDER, 5, 10), quotes(OTHER_PROVIDER, 5, 10));
    expect(
      Object.fromEntries(book.offers().map(({ providerPubkey, withdrawn }) => [providerPubkey, withdrawn])),
    ).toEqual({ [PROVIDER]: true, [OTHER_PROVIDER]: false });
    expect(book.errorOf(PROVIDER)).toMatchObject({ code: 'over-capacity', detail: 'later' });
    expect(bookWith(error, quotes(PROVIDER, 6, 10)).offers()).toMatchObject([{ withdrawn: false }]);
  });

  test('ignores answers by the customer, to other requests, of other result kinds and in ciphertext', () => {
    const foreignJob = authored(CUSTOMER, { kind: 5050, created_at: START + 9, tags: [], content: '' });
    const foreign = buildFeedback({ request: foreignJob, status: 'processing', createdAt: START });
    const wrongKind = { ...buildResult({ request: job, content: 'x', createdAt: START }), kind: 6051 };
    const sealed = buildResult({ request: job, content: 'x', createdAt: START });
    const book = bookOf();
    for (const event of [
      quotes(CUSTOMER, 1, 1),
      delivers(CUSTOMER, 1),
      authored(PROVIDER, foreign),
      authored(PROVIDER, wrongKind),
      authored(PROVIDER, { ...sealed, tags: [...sealed.tags, ['encrypted']] }),
    ])
      expect(book.hear(event)).toBeNull();
    expect(book.offers()).toEqual([]);
  });

  test('hears only the providers that were addressed, and knows when all have answered', () => {
    const request = requestTo([PROVIDER, OTHER_PROVIDER]);
    const book = bookOf(request);
    const to = (author: string, status: 'processing' | 'error') =>
      authored(author, buildFeedback({ request, status, createdAt: START }));
    expect(book.hear(to(STRANGER, 'processing'))).toBeNull();
    book.hear(to(PROVIDER, 'processing'));
    expect(book.allTargetsAnswered()).toBe(false);
    book.hear(to(OTHER_PROVIDER, 'error'));
    expect(book.allTargetsAnswered()).toBe(true);
    expect(bookWith(quotes(PROVIDER, 1, 1)).allTargetsAnswered()).toBe(false);
  });

  test('a flood of dear quotes keeps no cheaper one out, and no result of the chosen provider', () => {
    const book = bookOf();
    book.keepFor(PROVIDER);
    for (let index = 1; index <= 500; index++) {
      book.hear(quotes(stranger(index), 1, 1000 + index));
      book.hear(delivers(stranger(index), 1));
    }
    book.hear(quotes(OTHER_PROVIDER, 1, 7));
    book.hear(delivers(PROVIDER, 2));
    expect(book.offers().length).toBeLessThanOrEqual(221);
    expect(book.offers().some(({ providerPubkey }) => providerPubkey === OTHER_PROVIDER)).toBe(true);
    expect(book.resultOf(PROVIDER)?.content).toBe('done');
    expect(book.offers().some(({ amountMsat }) => amountMsat === 1_500_000n)).toBe(false);
  });

  // The fold's offer is the last quote; promises and priced results are offers to a buyer only, and left out here.
  type Fact = 'quote' | 'processing' | 'error' | 'partial';
  const facts = array(
    record({
      author: constantFrom(PROVIDER, OTHER_PROVIDER, CUSTOMER, hex32(7)),
      at: integer({ min: 0, max: 4 }),
      fact: constantFrom<Fact[]>('quote', 'processing', 'error', 'partial'),
      sats: integer({ min: 1, max: 5 }),
    }).map(({ author, at, fact, sats }) =>
      fact === 'quote' ? quotes(author, at, sats) : says(author, at, fact, { exchange: 'hold' }),
    ),
    { maxLength: 12 },
  );

  test('agrees with the job fold on every quote, in any order and with repetitions', () => {
    assert(
      property(
        facts.chain((events) =>
          shuffledSubarray([...events, ...events], { minLength: events.length * 2 }).map((shuffled) => ({
            events,
            shuffled,
          })),
        ),
        ({ events, shuffled }) => {
          const offered = new Map(
            bookWith(...shuffled)
              .offers()
              .map(({ id, providerPubkey }) => [providerPubkey, id]),
          );
          const folded = new Map<string, string>();
          for (const { pubkey, offer } of foldJob({ request: job, events }).providers)
            if (offer !== null) folded.set(pubkey, offer.eventId);
          expect(offered).toEqual(folded);
        },
      ),
    );
  });

  const feedback = array(
    record({
      author: constantFrom(PROVIDER, OTHER_PROVIDER),
      at: integer({ min: 0, max: 3 }),
      sats: integer({ min: 1, max: 3 }),
      exchange: constantFrom<ExchangeMode[]>('postpay', 'sample', 'reveal', 'prepay'),
      fact: constantFrom('quote', 'promise', 'free', 'error'),
    }).map(({ author, at, sats, exchange, fact }) => {
      if (fact === 'quote') return quotes(author, at, sats, { exchange, content: 'a part' });
      if (fact === 'promise') return promises(author, at, sats, exchange);
      return says(author, at, fact === 'free' ? 'processing' : 'error');
    }),
    { maxLength: 10 },
  );

  test('makes the same offers of the same feedback in any order; a promise is bound to itself', () => {
    assert(
      property(
        feedback.chain((events) =>
          shuffledSubarray(events, { minLength: events.length }).map((shuffled) => ({ events, shuffled })),
        ),
        ({ events, shuffled }) => {
          const byProvider = (book: OfferBook) =>
            [PROVIDER, OTHER_PROVIDER].map((provider) => book.offerOf(provider));
          const offers = byProvider(bookWith(...events));
          expect(byProvider(bookWith(...shuffled))).toEqual(offers);
          for (const offer of offers) if (offer?.isPromise) expect(offer.amountMsat).toBe(offer.promisedMsat);
        },
      ),
    );
  });

  test('an offer that the fold still calls standing is never withdrawn here', () => {
    assert(
      property(facts, (events) => {
        const offers = bookWith(...events).offers();
        for (const { pubkey, offer } of foldJob({ request: job, events }).providers)
          if (offer?.standing)
            expect(offers.find(({ providerPubkey }) => providerPubkey === pubkey)?.withdrawn).toBe(false);
      }),
    );
  });
});
