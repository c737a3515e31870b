import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { unixNow } from '../clock/index.ts';
import { generateSecretKey, secretKeySigner } from '../keys/index.ts';
import { openSqlLedger } from '../ledger/sql.ts';
import { buildPing, JOB_FEEDBACK_KIND, orThrow, parsePong, type NostrEvent } from '../protocol/index.ts';
import { openRelayStage, type RelayStage } from '../../test/fixtures/relay-stage.ts';
import { startProvider } from './provider.ts';
import { service } from './service.ts';

let stage: RelayStage;

beforeAll(async () => {
  stage = await openRelayStage();
});

afterAll(() => stage.close());

test('pings are answered: each once, to the asker, as long as they are fresh and few', async () => {
  const signer = secretKeySigner(generateSecretKey());
  const ledger = openSqlLedger({ path: ':memory:', now: unixNow });
  const relayUrls = [stage.relay.url];
  const now = unixNow();
  const provider = orThrow(
    await startProvider({
      signer,
      ledger,
      wallet: null,
      relays: stage.openPool(),
      relayUrls,
      services: [service({ kind: 5002, handler: async () => '' })],
      now: () => now, // so that all pings fall into one minute
    }),
  );
  const pool = stage.openPool();
  const pongs: NostrEvent[] = [];
  const over = new AbortController();
  await pool.subscribe({
    relays: relayUrls,
    filters: [{ kinds: [JOB_FEEDBACK_KIND], authors: [provider.pubkey] }],
    onEvent: (event) => pongs.push(event),
    signal: over.signal,
  });
  const ping = async (asker: typeof signer, createdAt: number) => {
    const event = await asker.sign(buildPing({ providerPubkey: provider.pubkey, createdAt }));
    await pool.publish(event, relayUrls);
    return event.id;
  };
  try {
    const [eager, late, polite] = Array.from({ length: 3 }, () => secretKeySigner(generateSecretKey()));
    if (eager === undefined || late === undefined || polite === undefined) return;
    const asked: string[] = [];
    for (let one = 0; one < 8; one += 1) asked.push(await ping(eager, now - one));
    await ping(late, now - 120);
    const last = await ping(polite, now);
    const answered = [...asked.slice(0, 6), last].toSorted();
    await vi.waitFor(() => expect(pongs.map(pingOf).toSorted()).toEqual(answered), { timeout: 20_000 });
    const toLast = pongs.find((pong) => pingOf(pong) === last);
    expect(toLast?.tags).toContainEqual(['p', polite.pubkey]);
  } finally {
    over.abort();
    await provider.close({ graceMs: 0 });
    await ledger.close();
  }
});

function pingOf(event: NostrEvent): string {
  return orThrow(parsePong(event)).pingId;
}
