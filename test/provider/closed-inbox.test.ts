import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import { generateSecretKey, secretKeySigner, wrapFor } from '../../src/keys/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import { GIFT_WRAP_KIND, orThrow, wrapJobMessage, type Failure } from '../../src/protocol/index.ts';
import { service, startProvider } from '../../src/provider/index.ts';
import { createInlineVerifier, createRelayPool } from '../../src/relays/index.ts';
import { requestOf } from './faulty-parts.ts';
import { startScriptedRelay, stopScriptedRelays } from '../relays/scripted-relay.ts';

const verifier = createInlineVerifier();
afterEach(stopScriptedRelays);
afterAll(() => verifier.close());

const PATIENCE = { timeout: 20_000, interval: 20 };

test('private messages are heard once the relay that closed the inbox gives them, and that it did is told', async () => {
  const relay = await startScriptedRelay();
  let isClosed = true;
  /** Each closes what the inbox has asked. */
  const closers: (() => void)[] = [];
  relay.script = (client, message, honestly) => {
    const [type, askId, filter] = message;
    const isInbox = type === 'REQ' && JSON.stringify(filter).includes(`"kinds":[${GIFT_WRAP_KIND}]`);
    const refuse = () => client.say('CLOSED', askId, 'restricted: members only');
    if (isInbox && isClosed) return refuse();
    if (isInbox) closers.push(refuse);
    honestly();
  };
  const signer = secretKeySigner(generateSecretKey());
  const customer = secretKeySigner(generateSecretKey());
  const relays = createRelayPool({ verifier });
  const ledger = openSqlLedger({ path: ':memory:', now: unixNow });
  const request = await requestOf(customer, { kind: 5051 });
  await ledger.sales.open({ providerPubkey: signer.pubkey, serviceId: 'sold before', request });
  const [heard, troubles]: [string[], Failure[]] = [[], []];
  const provider = orThrow(
    await startProvider({
      signer,
      ledger,
      wallet: null,
      relays,
      relayUrls: [relay.url],
      services: [service({ kind: 5050, handler: async () => 'done' })],
      onWords: ({ text }) => heard.push(text),
      onTrouble: (trouble) => troubles.push(trouble),
    }),
  );
  const write = async (text: string) => {
    const question = { type: 'question', requestId: 'ab'.repeat(32), text, createdAt: unixNow() } as const;
    relay.accept(orThrow(await wrapJobMessage(question, wrapFor(signer.pubkey, customer, unixNow()))));
  };
  try {
    expect(troubles).toMatchObject([
      { code: 'subscription-closed', message: expect.stringContaining('members only') as string },
    ]);
    await write('at the start');
    isClosed = false;
    await vi.waitFor(() => expect(heard).toEqual(['at the start']), PATIENCE);
    isClosed = true;
    for (const close of closers) close();
    await write('meanwhile');
    isClosed = false;
    await vi.waitFor(() => expect(heard).toEqual(['at the start', 'meanwhile']), PATIENCE);
    expect(troubles).toHaveLength(1);
  } finally {
    await provider.close({ graceMs: 0 });
    await relays.close();
    await ledger.close();
  }
}, 60_000);
