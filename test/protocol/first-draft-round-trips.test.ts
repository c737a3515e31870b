import { assert, bigInt, constantFrom, option, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import {
  buildFeedback,
  buildFirstDraftRequest,
  buildJobRequest,
  buildResult,
  checkRequest,
  kindContract,
  MAX_MSAT,
  orThrow,
  parseAnswer,
  parseJobRequest,
  satsToMsat,
} from '../../src/protocol/index.ts';
import { anyTags, authored, BOLT11, CUSTOMER, PROVIDER } from './events.ts';
import { amountMsat, requestDrafts, word } from './request-drafts.ts';

const sats = bigInt({ min: 0n, max: MAX_MSAT / 1000n });
const draft = requestDrafts({
  kind: constantFrom(5000, 5001, 5002),
  paramName: constantFrom('model', 'range', 'length', 'tone'),
  bidMsat: sats.map((most) => satsToMsat(most)),
});

test('a request reads as it was asked for, and as the same request in NIP-90', () => {
  assert(
    property(draft, option(word, { nil: undefined }), sats, (given, identifier, offered) => {
      const { bidMsat } = given;
      const offer =
        bidMsat === undefined || satsToMsat(offered) > bidMsat ? {} : { offeredMsat: satsToMsat(offered) };
      const name = identifier === undefined ? {} : { identifier };
      const template = orThrow(buildFirstDraftRequest({ ...given, ...offer, ...name }));
      const read = orThrow(parseJobRequest(authored(CUSTOMER, template)));
      const nip90 = orThrow(parseJobRequest(authored(CUSTOMER, buildJobRequest(given))));
      const { event, id, bid, ...same } = nip90;
      expect(event.kind).toBe(given.kind);
      expect(id).not.toBe(read.id);
      expect(read).toMatchObject({ ...same, dialect: 'first-draft', identifier: identifier ?? null });
      expect(read.params).toEqual(given.params);
      expect(read.bid?.msat).toBe(bid?.msat);
    }),
  );
});

test('a result reads as it was delivered', () => {
  assert(
    property(draft, string(), amountMsat, (given, content, amount) => {
      const request = authored(CUSTOMER, orThrow(buildFirstDraftRequest(given)));
      const price = { amountMsat: amount, bolt11: BOLT11 };
      const template = buildResult({ request, content, ...price, createdAt: given.createdAt });
      expect(orThrow(parseAnswer(authored(PROVIDER, template)))).toMatchObject({
        kind: 68_002,
        requestId: request.id,
        customerPubkey: CUSTOMER,
        providerPubkey: PROVIDER,
        amount: { msat: amount },
        bolt11: BOLT11,
        content,
      });
    }),
  );
});

test('feedback reads as it was given, errors like all the rest', () => {
  const status = constantFrom('payment-required', 'processing', 'error', 'success', 'partial');
  assert(
    property(draft, status, word, string(), (given, said, detail, content) => {
      const request = authored(CUSTOMER, orThrow(buildFirstDraftRequest(given)));
      const error = { code: 'handler-failed', detail };
      const template = buildFeedback({ request, status: said, error, content, createdAt: given.createdAt });
      expect(template.kind).toBe(said === 'error' ? 68_002 : 7000);
      expect(orThrow(parseAnswer(authored(PROVIDER, template)))).toMatchObject({
        status: said,
        requestId: request.id,
        customerPubkey: CUSTOMER,
        error,
        content,
      });
    }),
  );
});

test('nothing that stands around a job type makes a reader throw', () => {
  const type = constantFrom('speech-to-text', 'summarization', 'translation', 'x');
  assert(
    property(type, anyTags, string(), (named, tags, content) => {
      const others = tags.filter(([name]) => name !== 'j');
      const asked = authored(CUSTOMER, {
        kind: 68_001,
        created_at: 1,
        tags: [['j', named], ...others],
        content,
      });
      const read = parseJobRequest(asked);
      if (read.ok) checkRequest(kindContract(read.value.kind), read.value);
      expect(read.ok || ['unknown-job-type', 'missing-input-data'].includes(read.failure.code)).toBe(true);
      parseAnswer(authored(PROVIDER, { kind: 68_002, created_at: 1, tags, content }));
    }),
    { numRuns: 1000 },
  );
});
