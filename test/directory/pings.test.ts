import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import {
  buildPong,
  JOB_FEEDBACK_KIND,
  orThrow,
  PING_KIND,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { service, startProvider } from '../../src/provider/index.ts';
import { openDirectoryStage, person, type DirectoryStage } from './stage.ts';

let stage: DirectoryStage;

beforeAll(async () => {
  stage = await openDirectoryStage();
});

afterAll(() => stage.close());

/** Calls back with every ping to that key, once they are heard. */
async function onPingTo(
  pubkey: string,
  heard: (ping: NostrEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  await stage.relays.openPool().subscribe({
    relays: [stage.relays.relay.url],
    filters: [{ kinds: [PING_KIND], '#p': [pubkey] }],
    onEvent: heard,
    signal,
  });
}

test('a provider of ours answers, and a search that asks sets the silent aside', async () => {
  const silent = person();
  await stage.announce(silent, { kinds: [5002] });
  const ledger = openSqlLedger({ path: ':memory:', now: () => stage.now });
  const provider = orThrow(
    await startProvider({
      signer: person(),
      ledger,
      wallet: null,
      relays: stage.relays.openPool(),
      relayUrls: [stage.relays.relay.url],
      services: [service({ kind: 5002, handler: () => Promise.resolve('') })],
      now: () => stage.now,
    }),
  );
  try {
    const signer = person();
    const directory = stage.directory({ signer });
    expect(await directory.ping([provider.pubkey])).toEqual(new Map([[provider.pubkey, stage.now]]));
    const waiting = new AbortController();
    await onPingTo(silent.pubkey, () => waiting.abort(), waiting.signal);
    const listing = await directory.find({ kinds: [5002], ping: true }, { signal: waiting.signal });
    expect(listing.services.map(({ announcement }) => announcement.pubkey)).toEqual([provider.pubkey]);
    expect(
      listing.setAside.map(({ service: { announcement }, reason }) => [announcement.pubkey, reason.code]),
    ).toEqual([[silent.pubkey, 'no-pong']]);
    const [found] = (await directory.provider(provider.pubkey)).services;
    expect(found?.liveness.steps.map(({ step }) => step)).toContain('replies');
    const keyless = await stage.directory().find({ kinds: [5002], ping: true });
    expect(keyless.setAside).toEqual([]);
  } finally {
    await provider.close({ graceMs: 0 });
    await ledger.close();
  }
});

test('nobody answers for somebody else, and nobody is asked twice in a minute', async () => {
  const [asked, impostor] = [person(), person()];
  const pings: NostrEvent[] = [];
  const [waiting, over] = [new AbortController(), new AbortController()];
  const answer = async (ping: NostrEvent) => {
    pings.push(ping);
    const { id, pubkey: senderPubkey } = ping;
    await stage.publish(impostor, buildPong({ ping: { id, senderPubkey }, createdAt: stage.now }));
    const [pong] = await pool.query(
      [stage.relays.relay.url],
      [{ kinds: [JOB_FEEDBACK_KIND], authors: [impostor.pubkey] }],
    );
    if (pong !== undefined) waiting.abort(); // whoever listens has had it before us
  };
  const pool = stage.relays.openPool();
  await onPingTo(asked.pubkey, (ping) => void answer(ping), over.signal);
  const directory = stage.directory({ signer: person() });
  expect(await directory.ping([asked.pubkey], { signal: waiting.signal })).toEqual(new Map());
  expect(await directory.ping([asked.pubkey])).toEqual(new Map());
  over.abort();
  expect(waiting.signal.aborted).toBe(true);
  expect(pings).toHaveLength(1);
});

test('without a key nobody is asked', async () => {
  expect(await stage.directory().ping([person().pubkey])).toEqual(new Map());
});
