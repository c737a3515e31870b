import { describe, expect } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import {
  buildNutzapRedemption,
  buildRecommendation,
  buildRelayList,
  buildResult,
  buildReview,
  buildZapReceipt,
  buildZapRequest,
  checkZapRequest,
  msat,
  orThrow,
  parseNutzap,
  parseRelayList,
  parseReview,
  parseZapRequest,
} from '../../src/protocol/index.ts';
import { authored, CUSTOMER, hex32, PROVIDER } from '../protocol/events.ts';
import { job } from '../protocol/job-events.ts';
import { verifies } from './verifies.ts';

const RELAY = 'wss://a.example';
const result = authored(PROVIDER, buildResult({ request: job, content: 'done', createdAt: 2 }));

describe('NIP-25', () => {
  const reviewed = { reviewed: result, relayHint: RELAY, createdAt: 3 };

  verifies(
    ['NIP-25.e-tag', 'NIP-25.e-relay-hint', 'NIP-25.p-tag', 'NIP-25.e-hints', 'NIP-25.k-tag'],
    'a review names its result, where that is, its author and its kind',
    () => {
      expect(buildReview({ ...reviewed, rating: 1 }).tags).toEqual(
        expect.arrayContaining([
          ['e', result.id, RELAY, PROVIDER],
          ['p', PROVIDER],
          ['k', '6001'],
        ]),
      );
    },
  );

  verifies('NIP-25.says-something', 'a review without words is a plus or a minus', () => {
    expect(buildReview({ ...reviewed, rating: 0.5 }).content).toBe('+');
    expect(buildReview({ ...reviewed, rating: 0.4 }).content).toBe('-');
    expect(buildReview({ ...reviewed, rating: 0.4, comment: 'slow' }).content).toBe('slow');
  });

  verifies('NIP-25.emoji-shown', 'an emoji is kept as the comment', () => {
    const reaction = { kind: 7, created_at: 3, tags: [['e', result.id]], content: '🤙' };
    expect(orThrow(parseReview(authored(CUSTOMER, reaction)))).toMatchObject({ comment: '🤙', rating: null });
  });
});

describe('NIP-57', () => {
  const [sender, server] = [secretKeySigner(generateSecretKey()), secretKeySigner(generateSecretKey())];
  const draft = { recipientPubkey: PROVIDER, amountMsat: msat(21_000n), relays: [RELAY], createdAt: 4 };
  const rules = {
    recipientPubkey: PROVIDER,
    nostrPubkey: server.pubkey,
    amountMsat: draft.amountMsat,
    minMsat: msat(1n),
    maxMsat: msat(1_000_000n),
    verify: () => true,
  };
  const check = async (tags: readonly (readonly string[])[]) => {
    const event = await sender.sign({ ...buildZapRequest(draft), tags });
    return checkZapRequest(JSON.stringify(event), rules);
  };

  verifies(
    [
      'NIP-57.request-tags',
      'NIP-57.request-more-tags',
      'NIP-57.request-names-event',
      'NIP-57.request-content',
    ],
    'a zap request carries everything that it was drafted with',
    () => {
      const zapped = { id: result.id, kind: result.kind };
      const template = buildZapRequest({ ...draft, lnurl: 'lnurl1x', zapped, comment: 'thanks' });
      expect(template).toEqual({
        kind: 9734,
        created_at: 4,
        content: 'thanks',
        tags: [
          ['relays', RELAY],
          ['amount', '21000'],
          ['lnurl', 'lnurl1x'],
          ['p', PROVIDER],
          ['e', result.id],
          ['k', '6001'],
        ],
      });
    },
  );

  verifies('NIP-57.server-relays', 'a zap request without relays is served', async () => {
    expect(await check([['p', PROVIDER]])).toMatchObject({ ok: true, value: { zapRequest: { relays: [] } } });
  });

  verifies('NIP-57.server-one-P', 'a zap request with two P tags is refused, even equal ones', async () => {
    const wanted = ['P', server.pubkey];
    expect(await check([['p', PROVIDER], wanted])).toMatchObject({ ok: true });
    expect(await check([['p', PROVIDER], wanted, wanted])).toMatchObject({
      failure: { code: 'malformed-zap-request', data: { tag: 'P' } },
    });
  });

  verifies(
    [
      'NIP-57.receipt-empty',
      'NIP-57.receipt-time',
      'NIP-57.receipt-tags',
      'NIP-57.receipt-bolt11',
      'NIP-57.receipt-description',
    ],
    'a receipt repeats what the zap request named, and its text to the letter',
    async () => {
      const zapped = { id: result.id, kind: result.kind };
      const address = `31990:${PROVIDER}:x`;
      const event = await sender.sign(buildZapRequest({ ...draft, zapped, address }));
      const description = JSON.stringify(event, null, 2);
      const zapRequest = orThrow(parseZapRequest(event));
      expect(buildZapReceipt({ zapRequest, description, bolt11: 'lnbcrt1x', paidAt: 9 })).toEqual({
        kind: 9735,
        created_at: 9,
        content: '',
        tags: [
          ['p', PROVIDER],
          ['P', sender.pubkey],
          ['e', result.id],
          ['a', address],
          ['k', '6001'],
          ['bolt11', 'lnbcrt1x'],
          ['description', description],
        ],
      });
    },
  );
});

describe('NIP-61', () => {
  verifies('NIP-61.unit-default', 'ecash without a unit is in sat', () => {
    const proof = { amount: 1, id: '009a1f293253e41e', secret: 'x', C: `02${hex32(2)}` };
    const tags = [
      ['proof', JSON.stringify(proof)],
      ['u', 'https://mint.example'],
      ['p', PROVIDER],
    ];
    const read = (more: string[][]) =>
      parseNutzap(authored(CUSTOMER, { kind: 9321, created_at: 1, tags: [...tags, ...more], content: '' }));
    expect(orThrow(read([])).unit).toBe('sat');
    expect(orThrow(read([['unit', 'usd']])).unit).toBe('usd');
  });

  verifies('NIP-61.redemption-event', 'a redemption names the nutzap and its sender in clear', async () => {
    const recipient = secretKeySigner(generateSecretKey());
    const booked = { direction: 'in', amount: 1n, unit: 'sat', createdIds: [hex32(3)] } as const;
    const redemption = {
      recipientPubkey: recipient.pubkey,
      nutzapIds: [hex32(1)],
      senderPubkeys: [CUSTOMER],
      booked,
      createdAt: 5,
    };
    expect(await buildNutzapRedemption(redemption, recipient.nip44)).toMatchObject({
      kind: 7376,
      tags: [
        ['e', hex32(1), '', 'redeemed'],
        ['p', CUSTOMER],
      ],
    });
  });
});

describe('NIP-65', () => {
  verifies(
    'NIP-65.relay-tags',
    'a list names each relay once, with a marker where it is for one purpose',
    () => {
      const list = {
        read: ['wss://a.example', 'wss://b.example'],
        write: ['wss://b.example', 'wss://c.example'],
      };
      expect(buildRelayList({ ...list, createdAt: 1 })).toEqual({
        kind: 10002,
        created_at: 1,
        content: '',
        tags: [
          ['r', 'wss://a.example', 'read'],
          ['r', 'wss://b.example'],
          ['r', 'wss://c.example', 'write'],
        ],
      });
    },
  );

  verifies('NIP-65.no-marker-is-both', 'a relay without a marker is read from and written to', () => {
    const tags = [
      ['r', 'wss://a.example'],
      ['r', 'wss://b.example', 'read'],
      ['r', 'wss://c.example', 'write'],
    ];
    const event = authored(PROVIDER, { kind: 10002, created_at: 1, tags, content: '' });
    expect(orThrow(parseRelayList(event))).toMatchObject({
      read: ['wss://a.example', 'wss://b.example'],
      write: ['wss://a.example', 'wss://c.example'],
    });
  });
});

describe('NIP-89', () => {
  verifies(
    ['NIP-89.recommendation-kind', 'NIP-89.relay-hint', 'NIP-89.platform'],
    'a recommendation names the kind, and each service with its relay and platform',
    () => {
      const service = (identifier: string) => ({ kind: 31990, pubkey: PROVIDER, identifier });
      const services = [
        { address: service('a'), relayHint: RELAY, platform: 'web' },
        { address: service('b'), relayHint: RELAY, platform: null },
      ];
      expect(buildRecommendation({ handledKind: 5050, services, createdAt: 1 }).tags).toEqual([
        ['d', '5050'],
        ['a', `31990:${PROVIDER}:a`, RELAY, 'web'],
        ['a', `31990:${PROVIDER}:b`, RELAY],
      ]);
    },
  );
});
