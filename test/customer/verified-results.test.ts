import { base64 } from '@scure/base';
import { unixNow } from '../../src/clock/index.ts';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createCustomer, type CustomerOptions, type Receipt, type Wish } from '../../src/customer/index.ts';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import { orThrow, ZERO_MSAT, type EventTemplate, type NostrEvent } from '../../src/protocol/index.ts';
import { service, startProvider, type JobHandler } from '../../src/provider/index.ts';
import { openRelayStage, type RelayStage } from '../fixtures/relay-stage.ts';
import { blockHeader, writeTimestamp } from '../fixtures/timestamp-writer.ts';

let relays: RelayStage;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  relays = await openRelayStage();
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});
afterAll(() => relays.close());

const signer = secretKeySigner(generateSecretKey());

async function publish(template: Pick<EventTemplate, 'kind' | 'tags' | 'content'>): Promise<NostrEvent> {
  const event = await signer.sign({ ...template, created_at: unixNow() });
  await relays.openPool().publish(event, [relays.relay.url]);
  return event;
}

/** Opens everything that one side needs; closed after the test. */
function openParty() {
  const ledger = openSqlLedger({ path: ':memory:', now: unixNow });
  closing.push(() => ledger.close());
  return {
    signer: secretKeySigner(generateSecretKey()),
    ledger,
    wallet: null,
    relays: relays.openPool(),
    relayUrls: [relays.relay.url],
    now: unixNow,
  };
}

/** Sells and buys one free job. */
async function buyFrom(
  handler: JobHandler,
  wish: Pick<Wish, 'kind' | 'inputs' | 'params' | 'content' | 'encrypted'>,
  told: Partial<CustomerOptions> = {},
): Promise<Receipt> {
  const provider = orThrow(
    await startProvider({ ...openParty(), services: [service({ kind: wish.kind, handler })] }),
  );
  closing.push(() => provider.close({ graceMs: 0 }));
  const customer = createCustomer({ ...openParty(), caps: { perJobMsat: ZERO_MSAT }, ...told });
  closing.push(() => customer.close());
  const terms = { maxAmountMsat: ZERO_MSAT, targets: [provider.pubkey] };
  const purchase = orThrow(await customer.buy({ ...wish, ...terms }));
  return orThrow(await purchase.result());
}

test('a timestamp that was bought is looked up on the relays and in the chain', async () => {
  const stamped = await publish({ kind: 1, tags: [], content: 'I was here.' });
  const steps = [{ op: 'reverse' as const }];
  const proof = writeTimestamp(stamped.id, [{ steps, attestation: { type: 'bitcoin', height: 800_000 } }]);
  const stamp: JobHandler = async () =>
    (await publish({ kind: 1040, tags: [['e', stamped.id]], content: base64.encode(proof) })).id;
  const root = stamped.id.match(/../g)?.toReversed().join('') ?? '';
  const wish = { kind: 5900, inputs: [{ data: stamped.id, type: 'event' }] };
  const heights: number[] = [];
  const lookupBlockHeader = async (height: number) => {
    heights.push(height);
    return blockHeader(root);
  };
  expect((await buyFrom(stamp, wish, { lookupBlockHeader })).verdict).toMatchObject({
    verdict: 'verified',
    checks: [
      { name: 'output-type' },
      { name: 'stamped-event', ok: true },
      { name: 'bitcoin-block', ok: true },
    ],
  });
  expect(heights).toEqual([800_000]);
  expect((await buyFrom(stamp, wish)).verdict.verdict).toBe('plausible');
});

test('a count that was bought is counted again on the relay', async () => {
  for (const content of ['one', 'two', 'three']) await publish({ kind: 1, tags: [['t', 'foxes']], content });
  const wish = {
    kind: 5400,
    inputs: [],
    params: { relay: relays.relay.url },
    content: JSON.stringify({ kinds: [1], '#t': ['foxes'] }),
  };
  expect((await buyFrom(async () => '3', wish)).verdict.verdict).toBe('verified');
  const wrong = await buyFrom(async () => '3000', wish);
  expect(wrong).toMatchObject({ content: '3000', verdict: { verdict: 'wrong' } }); // told, and handed over all the same
});

test('what was asked in ciphertext is checked as well', async () => {
  const event = await signer.sign({ kind: 1, created_at: unixNow(), tags: [], content: 'later' });
  const wish = { kind: 5905, inputs: [JSON.stringify(event)], encrypted: true } as const;
  const { verdict } = await buyFrom(async () => event.id, wish);
  expect(verdict.checks).toContainEqual(expect.objectContaining({ name: 'event', ok: true }));
});
