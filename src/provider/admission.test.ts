import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../keys/index.ts';
import {
  buildJobRequest,
  EXCHANGE_MODES,
  kindContract,
  msat,
  orThrow,
  parseJobRequest,
  success,
  type ExchangeMode,
  type JobRequest,
  type KindContract,
} from '../protocol/index.ts';
import { admit, type AdmissionRules } from './admission.ts';
import type { Service } from './handler.ts';
import { byLoad, perUnit, type PricingPolicy } from './pricing/index.ts';
import { service } from './service.ts';
import { NO_RECORD } from './trust-policy.ts';

const NOW = 1_800_000_000;
const provider = secretKeySigner(generateSecretKey());
const customer = secretKeySigner(generateSecretKey());

const rules: AdmissionRules = {
  pubkey: provider.pubkey,
  access: 'open',
  record: NO_RECORD,
  loadOf: ({ concurrency, usualSeconds }) => ({
    running: 0,
    waiting: 0,
    concurrency,
    secondsPerJob: usualSeconds,
  }),
  size: null,
  rivals: [],
  services: [service({ kind: 5050, priceSats: 10, handler: async () => '' })],
  limits: { maxRequestAgeSeconds: 3600, holdSeconds: 600, offerSeconds: 300 },
  trust: { workUnpaidUpToMsat: msat(0n), deliverUnpaidUpToMsat: msat(0n) },
  payable: new Set(['free', 'hold']),
  mints: [],
  balanceMsat: msat(0n),
  now: NOW,
};

async function request(draft: Partial<Parameters<typeof buildJobRequest>[0]> = {}): Promise<JobRequest> {
  const event = await customer.sign(
    buildJobRequest({
      kind: 5050,
      inputs: [{ data: 'hello', type: 'text', relay: null, marker: null }],
      params: new Map(),
      outputs: [],
      relays: [],
      createdAt: NOW,
      ...draft,
    }),
  );
  return orThrow(parseJobRequest(event));
}

async function codeOf(draft: Parameters<typeof request>[0], changed: Partial<AdmissionRules> = {}) {
  const admitted = admit(await request(draft), { ...rules, ...changed });
  return admitted.ok ? 'admitted' : `${admitted.failure.code}${admitted.answer ? ' answered' : ''}`;
}

test('a plain NIP-90 request is admitted to a short hold', async () => {
  const admitted = admit(await request(), rules);
  expect(admitted).toMatchObject({ ok: true, value: { exchange: 'hold', service: { kind: 5050 } } });
});

describe('what continues a job', () => {
  const followUp = {
    requestId: 'a'.repeat(64),
    offerId: 'b'.repeat(64),
    step: 'revision',
    number: 1,
  } as const;
  const terms = { amountMsat: msat(7n), usualSeconds: 9, worstSeconds: 55, note: null };

  test('is sold on the agreed terms, whatever the service costs by now and however busy it is', async () => {
    const dear = service({ kind: 5050, priceSats: 1_000_000, queueLimit: 0, handler: async () => '' });
    const busy = () => ({ running: 9, waiting: 9, concurrency: 1, secondsPerJob: 1 });
    const admitted = admit(await request({ followUp, inputs: [] }), {
      ...rules,
      services: [dear],
      loadOf: busy,
      terms,
    });
    expect(admitted).toMatchObject({
      ok: true,
      value: { exchange: 'hold', price: { amountMsat: 7n }, service: { worstSeconds: 55 } },
    });
  });

  test('is done for nothing by services that nothing else is free at', async () => {
    const priced = service({ kind: 5050, priceSats: 10, exchanges: ['hold'], handler: async () => '' });
    const free = { ...terms, amountMsat: msat(0n) };
    const asked = await request({ followUp, exchanges: ['free'] });
    expect(admit(asked, { ...rules, services: [priced], terms: free })).toMatchObject({
      value: { exchange: 'free', price: { amountMsat: 0n } },
    });
  });

  test('is a job for nobody who was not asked first', async () => {
    expect(await codeOf({ followUp }, { stepsIn: true })).toBe('not-for-us');
    expect(await codeOf({ followUp, targets: [customer.pubkey] }, { stepsIn: true })).toBe('not-for-us');
  });
});

test('a request for other providers is left alone, one for us is answered', async () => {
  expect(await codeOf({ targets: [customer.pubkey] })).toBe('not-for-us');
  expect(await codeOf({ targets: [provider.pubkey] })).toBe('admitted');
  expect(await codeOf({ targets: [provider.pubkey], kind: 5100 })).toBe('unknown-kind answered');
  expect(await codeOf({ kind: 5100 })).toBe('unknown-kind');
});

test('clocks: expired, stale and future requests are refused', async () => {
  expect(await codeOf({ expiresAt: NOW })).toBe('expired');
  expect(await codeOf({ expiresAt: NOW + 1 })).toBe('admitted');
  expect(await codeOf({ createdAt: NOW - 3601 })).toBe('stale');
  expect(await codeOf({ createdAt: NOW + 901, targets: [provider.pubkey] })).toBe('from-future answered');
});

test('a bid below the price is refused, an equal one admitted', async () => {
  const bid = (amount: bigint) => ({ bidMsat: msat(amount), targets: [provider.pubkey] });
  expect(await codeOf(bid(9_999n))).toBe('bid-too-low answered');
  expect(await codeOf(bid(10_000n))).toBe('admitted');
});

test('no quote is above the bid, whatever the price hangs on; of two numbers the larger is the bid', async () => {
  const amount = fc.bigInt({ min: 0n, max: 100_000n }).map(msat);
  const whole = await request();
  await fc.assert(
    fc.asyncProperty(
      amount,
      fc.option(amount),
      amount,
      fc.nat(20),
      async (least, most, perCharacter, waiting) => {
        const pricing = byLoad(perUnit({ unit: 'characters', priceMsat: perCharacter }), {
          busyPercent: 300,
          busyJobs: 10,
        });
        const raw = most === null ? [least.toString()] : [least.toString(), most.toString()];
        const admitted = admit(
          { ...whole, bid: { msat: most === null ? least : null, raw } },
          {
            ...rules,
            services: [service({ kind: 5050, pricing, handler: async () => '' })],
            loadOf: () => ({ running: 0, waiting, concurrency: 4, secondsPerJob: 1 }),
          },
        );
        const bid = most !== null && most > least ? most : least;
        if (admitted.ok) expect(admitted.value.price.amountMsat).toBeLessThanOrEqual(bid);
        else expect(admitted.failure.code).toBe('bid-too-low');
      },
    ),
  );
});

test('a price that is not known yet is no reason to refuse', async () => {
  const pricing: PricingPolicy = {
    ...perUnit({ unit: 'bytes', priceMsat: msat(1000n) }),
    price: ({ record }) => success({ amountMsat: msat(record.paidSales > 0 ? 1000n : 9000n), note: null }),
  };
  const selling = { services: [service({ kind: 5050, pricing, handler: async () => '' })] };
  const asked = { bidMsat: msat(5000n), exchanges: ['hold' as const], targets: [provider.pubkey] };
  expect(await codeOf(asked, { ...selling, record: null })).toBe('admitted');
  expect(await codeOf(asked, selling)).toBe('bid-too-low answered');
  expect(await codeOf(asked, { ...selling, record: { ...NO_RECORD, paidSales: 1 } })).toBe('admitted');
});

test('a request without anything to work on is refused with an answer', async () => {
  expect(await codeOf({ inputs: [] })).toBe('missing-input answered');
  expect(await codeOf({ inputs: [], content: 'words to work on' })).toBe('admitted');
});

test('what is still encrypted is worth decrypting only when it is for us, in time and of a kind we sell', async () => {
  const sealed = async (draft: Parameters<typeof request>[0]) => {
    const admitted = admit({ ...(await request(draft)), encrypted: true }, rules);
    return admitted.ok ? 'admitted' : `${admitted.failure.code}${admitted.answer ? ' answered' : ''}`;
  };
  const targets = [provider.pubkey];
  expect(await sealed({ targets })).toBe('undecryptable answered');
  expect(await sealed({})).toBe('undecryptable');
  expect(await sealed({ targets: [customer.pubkey] })).toBe('not-for-us');
  expect(await sealed({ targets, kind: 5100 })).toBe('unknown-kind answered');
  expect(await sealed({ targets, expiresAt: NOW })).toBe('expired');
  const opened = { ...(await request({ targets })), encrypted: true, scheme: 'nip44' as const };
  expect(admit(opened, rules)).toMatchObject({ ok: true });
});

/** A provider that sells this kind. */
const selling = (kind: number, more: Partial<Service> = {}): Partial<AdmissionRules> => ({
  services: [service({ kind, handler: async () => '', ...more })],
});
const text = (data: string, type = 'text') => ({ data, type, relay: null, marker: null });

test('a request that breaks the contract of its kind is refused with the tag and the reason', async () => {
  const refused = async (kind: number, draft: Parameters<typeof request>[0]) => {
    const admitted = admit(await request({ kind, ...draft }), { ...rules, ...selling(kind) });
    return admitted.ok ? 'admitted' : { answer: admitted.answer, ...admitted.failure };
  };
  expect(await refused(5001, { inputs: [text('https://a.example/x.pdf', 'url')] })).toEqual({
    answer: true,
    code: 'schema-violation',
    message:
      'Input 1 ("i" tag) of type "url" does not fit: Summarization takes 1 or more of type event, job, text.',
    data: { rule: 'input-type', tag: 'i', position: 0 },
  });
  expect(await refused(5050, { params: new Map([['temperature', ['warm']]]) })).toEqual({
    answer: true,
    code: 'schema-violation',
    message: 'Parameter "temperature" ("param" tag) must be a number, not "warm".',
    data: { rule: 'param-type', tag: 'param', name: 'temperature' },
  });
  expect(await refused(5312, { inputs: [] })).toMatchObject({
    code: 'schema-violation',
    message: expect.stringContaining('["param", "target", …]'),
  });
});

test('a broken contract is nobody’s business when the request is for others', async () => {
  const broken = { params: new Map([['temperature', ['warm']]]) };
  expect(await codeOf({ ...broken, targets: [customer.pubkey] })).toBe('not-for-us');
  expect(await codeOf({ ...broken, targets: [provider.pubkey] })).toBe('schema-violation answered');
});

test('what clients really send is admitted', async () => {
  const params = (...written: [string, ...string[]][]) =>
    new Map(written.map(([name, ...values]) => [name, values]));
  const admitted = (kind: number, draft: Parameters<typeof request>[0]) =>
    codeOf({ kind, ...draft }, selling(kind));
  const feed = params(['user', customer.pubkey], ['max_results', '200']);
  expect(await admitted(5300, { inputs: [], params: feed })).toBe('admitted'); // Amethyst, Coracle
  expect(await admitted(5300, { inputs: [] })).toBe('admitted');
  expect(await admitted(5300, { inputs: [text('a'.repeat(64), 'event')], params: feed })).toBe('admitted'); // noStrudel
  expect(await admitted(5050, { inputs: [text('hello', 'prompt')] })).toBe('admitted');
  expect(await admitted(5050, { inputs: [text('hello', 'data')] })).toBe('admitted');
  expect(await admitted(5050, { params: params(['top-k', '50'], ['top_p', '0.7']) })).toBe('admitted');
  expect(await admitted(5050, { params: params(['own', 'what', 'ever']) })).toBe('admitted');
  expect(await admitted(5001, { params: params(['length', '100', 'words']) })).toBe('admitted');
  expect(await admitted(5001, { inputs: [], content: 'a long text' })).toBe('admitted');
  expect(await admitted(5000, { inputs: [text('# A document')] })).toBe('admitted');
  expect(await admitted(5987, { inputs: [text('x', 'whatever')] })).toBe('admitted');
  expect(await admitted(5987, { inputs: [] })).toBe('admitted');
});

test('a service may have a contract of its own', async () => {
  const contract: KindContract = {
    ...kindContract(5050),
    params: [
      { name: 'tone', description: 'How to say it.', required: true, arity: 1, values: ['dry', 'warm'] },
    ],
  };
  const codeWith = (tone: string) =>
    codeOf({ params: new Map([['tone', [tone]]]) }, selling(5050, { contract }));
  expect(await codeWith('dry')).toBe('admitted');
  expect(await codeWith('loud')).toBe('schema-violation answered');
  expect(await codeOf({}, selling(5050, { contract }))).toBe('schema-violation answered');
});

test('a long hold is only for customers that ask for holds', async () => {
  const slow = [service({ kind: 5050, priceSats: 10, worstSeconds: 600, handler: async () => '' })];
  expect(await codeOf({}, { services: slow })).toBe('no-common-exchange');
  expect(await codeOf({ exchanges: ['hold'] }, { services: slow })).toBe('admitted');
});

test('the mode is one that the customer, the service and the wallet share', async () => {
  const mode = fc.constantFrom<ExchangeMode>(...EXCHANGE_MODES);
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(mode, { minLength: 1 }),
      fc.uniqueArray(mode, { minLength: 1 }),
      fc.uniqueArray(mode),
      async (wanted, sold, payable) => {
        const services = [service({ kind: 5050, priceSats: 10, exchanges: sold, handler: async () => '' })];
        const admitted = admit(await request({ exchanges: wanted }), {
          ...rules,
          services,
          payable: new Set(payable),
          balanceMsat: msat(10_000n),
          trust: { workUnpaidUpToMsat: msat(10_000n), deliverUnpaidUpToMsat: msat(10_000n) },
        });
        const shared = sold.filter((each) => wanted.includes(each) && payable.includes(each));
        if (admitted.ok) expect(admitted.value.exchange).toBe(shared[0]);
        else expect([admitted.failure.code, shared]).toEqual(['no-common-exchange', []]);
      },
    ),
    { numRuns: 60 },
  );
});

test('a balance that is too low gives way to another mode, or to a refusal that says what is missing', async () => {
  const sold = (exchanges: readonly ExchangeMode[]) => ({
    services: [service({ kind: 5050, priceSats: 10, exchanges, handler: async () => '' })],
    payable: new Set(EXCHANGE_MODES),
    balanceMsat: msat(9_999n),
  });
  const wanted = await request({ exchanges: ['balance', 'hold'] });
  expect(admit(wanted, { ...rules, ...sold(['balance', 'hold']) })).toMatchObject({
    value: { exchange: 'hold' },
  });
  const targeted = await request({ exchanges: ['balance'], targets: [provider.pubkey] });
  expect(admit(targeted, { ...rules, ...sold(['balance', 'hold']) })).toMatchObject({
    answer: true,
    failure: { code: 'balance-too-low', data: { shortfallMsat: '1' } },
  });
  const plain = await request({});
  expect(admit(plain, { ...rules, ...sold(['balance']), balanceMsat: msat(10_000n) })).toMatchObject({
    failure: { code: 'no-common-exchange' },
  });
});

describe('the mode of a sale', () => {
  const all = new Set(EXCHANGE_MODES);
  const sellingBy = (exchanges: readonly ExchangeMode[] | null, told: Partial<Service> = {}) => ({
    payable: all,
    services: [
      service({
        kind: 5050,
        priceSats: 10,
        handler: async () => '',
        ...(exchanges === null ? {} : { exchanges }),
        ...told,
      }),
    ],
  });
  const modeOf = async (draft: Parameters<typeof request>[0], changed: Partial<AdmissionRules>) => {
    const admitted = admit(await request(draft), { ...rules, ...changed });
    return admitted.ok ? admitted.value.exchange : admitted.failure.code;
  };
  const trusted = (work: bigint, deliver: bigint) => ({
    trust: { workUnpaidUpToMsat: msat(work), deliverUnpaidUpToMsat: msat(deliver) },
  });

  test('is payment first where a hold would take too long, or the wallet cannot hold', async () => {
    expect(await modeOf({}, sellingBy(null, { worstSeconds: 59 }))).toBe('hold');
    expect(await modeOf({}, sellingBy(null, { worstSeconds: 60 }))).toBe('prepay');
    const knowsHolds = { exchanges: ['hold', 'prepay'] as const };
    expect(await modeOf(knowsHolds, sellingBy(null, { worstSeconds: 600 }))).toBe('hold');
    expect(await modeOf(knowsHolds, sellingBy(null, { worstSeconds: 601 }))).toBe('prepay');
    expect(await modeOf({}, { ...sellingBy(null), payable: new Set(['free', 'prepay']) })).toBe('prepay');
    expect(await modeOf({ exchanges: ['hold'] }, sellingBy(null, { worstSeconds: 601 }))).toBe(
      'no-common-exchange',
    );
  });

  test('is locked ecash only where the customer names a mint of ours, and may leave it locked for so long', async () => {
    const byEcash = {
      ...sellingBy(['ecash-htlc', 'prepay'], { worstSeconds: 3600 }),
      mints: ['https://a.example'],
    };
    const wanted = (told: Parameters<typeof request>[0]) => ({
      exchanges: ['ecash-htlc', 'prepay'] as const,
      ...told,
    });
    expect(await modeOf(wanted({}), byEcash)).toBe('ecash-htlc');
    expect(await modeOf(wanted({ mints: ['https://a.example/'] }), byEcash)).toBe('ecash-htlc');
    expect(await modeOf(wanted({ mints: ['https://b.example'] }), byEcash)).toBe('prepay');
    expect(await modeOf(wanted({ expiresAt: NOW + 3600 }), byEcash)).toBe('ecash-htlc');
    expect(await modeOf(wanted({ expiresAt: NOW + 3599 }), byEcash)).toBe('prepay');
    const ecashOnly = { ...byEcash, ...sellingBy(['ecash-htlc'], { worstSeconds: 3600 }) };
    const told = async (draft: Parameters<typeof request>[0]) => {
      const admitted = admit(await request(wanted(draft)), { ...rules, ...ecashOnly });
      return admitted.ok ? null : admitted.failure.message;
    };
    expect(await told({ mints: ['https://b.example'] })).toContain('ecash is taken of https://a.example');
    expect(await told({ expiresAt: NOW + 60 })).toContain('longer than the request lets ecash be locked');
  });

  test('is one that a plain customer can finish, unless the request asks for more', async () => {
    const everything = {
      ...sellingBy(['reveal', 'ecash-htlc', 'nutzap', 'sample']),
      ...trusted(10_000n, 0n),
    };
    expect(await modeOf({}, everything)).toBe('sample');
    expect(await modeOf({ exchanges: ['reveal', 'sample'] }, everything)).toBe('reveal');
  });

  test('lets only a trusted customer pay after the work, up to what it is trusted with', async () => {
    for (const [mode, enough, tooLittle] of [
      ['postpay', trusted(0n, 10_000n), trusted(99_999n, 9_999n)],
      ['sample', trusted(10_000n, 0n), trusted(9_999n, 99_999n)],
      ['reveal', trusted(10_000n, 0n), trusted(9_999n, 99_999n)],
    ] as const) {
      const wants = { exchanges: [mode] };
      expect(await modeOf(wants, { ...sellingBy([mode]), ...enough })).toBe(mode);
      expect(await modeOf(wants, { ...sellingBy([mode]), ...tooLittle })).toBe('no-common-exchange');
    }
    expect(await modeOf({}, { ...sellingBy(['postpay', 'prepay']), ...trusted(0n, 0n) })).toBe('prepay');
  });
});
