import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { unixNow } from '../clock/index.ts';
import { generateSecretKey, secretKeySigner, type Signer } from '../keys/index.ts';
import { openSqlLedger } from '../ledger/sql.ts';
import {
  announcedParams,
  ANNOUNCEMENT_KIND,
  buildProfile,
  buildRelayList,
  HEARTBEAT_KIND,
  kindContract,
  nameOfProfile,
  normalizeRelayUrl,
  orThrow,
  parseAnnouncement,
  parseRelayList,
  paymentAddressOfProfile,
  PROFILE_KIND,
  RELAY_LIST_KIND,
  type Announcement,
  type KindContract,
  type NostrEvent,
} from '../protocol/index.ts';
import { openRelayStage, type RelayStage } from '../../test/fixtures/relay-stage.ts';
import { startProvider, type ProviderOptions } from './provider.ts';
import type { Service } from './handler.ts';
import { service } from './service.ts';

let stage: RelayStage;

beforeEach(async () => {
  stage = await openRelayStage();
});

afterEach(() => stage.close());

/** What a relay shows of a provider that sells this. */
async function announced(more: Partial<Service> = {}): Promise<Announcement> {
  const ledger = openSqlLedger({ path: ':memory:', now: () => 1_800_000_000 });
  const relayUrls = [stage.relay.url];
  const provider = orThrow(
    await startProvider({
      signer: secretKeySigner(generateSecretKey()),
      ledger,
      wallet: null,
      relays: stage.openPool(),
      relayUrls,
      services: [service({ kind: 5002, handler: async () => '', ...more })],
    }),
  );
  try {
    const filters = [{ kinds: [ANNOUNCEMENT_KIND], authors: [provider.pubkey] }];
    const signal = AbortSignal.timeout(10_000);
    const [event] = await stage.openPool().query(relayUrls, filters, { signal });
    if (event === undefined) throw new Error('The relay has no announcement.');
    return orThrow(parseAnnouncement(event));
  } finally {
    await provider.close({ graceMs: 0 });
    await ledger.close();
  }
}

test('a service that names no parameters announces those of its kind', async () => {
  const { nip90Params } = await announced();
  expect(nip90Params).toEqual(announcedParams(kindContract(5002)));
  expect(nip90Params.get('language')).toMatchObject({ required: true });
});

test('its own contract and its own parameters go before', async () => {
  const contract: KindContract = {
    ...kindContract(5002),
    params: [{ name: 'tone', description: 'How to say it.', required: false, arity: 1, values: ['dry'] }],
  };
  const tone = { required: false, values: ['dry'], description: 'How to say it.' };
  expect([...(await announced({ contract })).nip90Params]).toEqual([['tone', tone]]);
  expect((await announced({ contract, params: new Map() })).nip90Params.size).toBe(0);
});

test('that a person does the work is said', async () => {
  const byHand = await announced({ quotedByHand: true, exchanges: ['free'] });
  expect(byHand).toMatchObject({ byHand: true, amount: { pricing: 'flexible', msat: null } });
  expect(await announced()).toMatchObject({ byHand: false, amount: { pricing: 'free' } });
});

test('its picture and who sells it are said', async () => {
  const said = { picture: 'https://fox.example/red.png', seller: 'Fox & Sons' };
  expect(await announced(said)).toMatchObject(said);
  expect(await announced()).toMatchObject({ picture: null, seller: null });
});

describe('what a provider says about its key', () => {
  const ADDRESS = 'bot@pay.example';

  /** Runs a provider with that key until it has beaten once; its event of that kind that the relay has then. */
  async function saidAfterBeat(signer: Signer, kindSaid: number, more: Partial<ProviderOptions> = {}) {
    const ledger = openSqlLedger({ path: ':memory:', now: unixNow });
    const provider = orThrow(
      await startProvider({
        signer,
        ledger,
        wallet: null,
        relays: stage.openPool(),
        relayUrls: [stage.relay.url],
        services: [service({ kind: 5002, name: 'Translation', handler: async () => '' })],
        ...more,
      }),
    );
    const pool = stage.openPool();
    const read = (kind: number) =>
      pool.query([stage.relay.url], [{ kinds: [kind], authors: [signer.pubkey] }]);
    try {
      await vi.waitFor(async () => expect(await read(HEARTBEAT_KIND)).toHaveLength(1), { timeout: 20_000 });
      return (await read(kindSaid))[0] ?? null;
    } finally {
      await provider.close({ graceMs: 0 });
      await ledger.close();
    }
  }

  const profileAfterBeat = (signer: Signer, more: Partial<ProviderOptions> = {}) =>
    saidAfterBeat(signer, PROFILE_KIND, more);

  async function publish(signer: Signer, template: Parameters<Signer['sign']>[0]): Promise<NostrEvent> {
    const event = await signer.sign(template);
    const [receipt] = await stage.openPool().publish(event, [stage.relay.url]);
    expect(receipt?.outcome).toBe('accepted');
    return event;
  }

  test('its profile is published where its key has none', async () => {
    const profile = await profileAfterBeat(secretKeySigner(generateSecretKey()), { lud16: ADDRESS });
    expect(profile && paymentAddressOfProfile(profile)).toBe(ADDRESS);
    expect(JSON.parse(profile?.content ?? '')).toMatchObject({ name: 'Translation', bot: true });
  });

  test('a person’s own profile stays as it is', async () => {
    const signer = secretKeySigner(generateSecretKey());
    const own = await publish(signer, {
      kind: PROFILE_KIND,
      created_at: unixNow() - 100,
      tags: [],
      content: '{"name":"Ada"}',
    });
    expect(await profileAfterBeat(signer, { lud16: ADDRESS })).toEqual(own);
  });

  test('its profile follows the address where it was written by a provider before', async () => {
    const signer = secretKeySigner(generateSecretKey());
    const before = {
      name: 'Bot',
      about: '',
      lud16: 'bot@old.example',
      bot: true,
      createdAt: unixNow() - 100,
    };
    await publish(signer, buildProfile(before));
    const profile = await profileAfterBeat(signer, { lud16: ADDRESS });
    expect(profile && paymentAddressOfProfile(profile)).toBe(ADDRESS);
  });

  test('nothing is published while a relay that may have an own one does not answer', async () => {
    const relayUrls = [stage.relay.url, 'ws://127.0.0.1:1/'];
    const signer = secretKeySigner(generateSecretKey());
    expect(await profileAfterBeat(signer, { lud16: ADDRESS, relayUrls })).toBeNull();
    expect(await saidAfterBeat(signer, RELAY_LIST_KIND, { relayUrls })).toBeNull();
  });

  test('no profile is published without an address or a name', async () => {
    expect(await profileAfterBeat(secretKeySigner(generateSecretKey()))).toBeNull();
  });

  test('who sells is named in its profile, which follows the name, and is no bot where a person does the work', async () => {
    const signer = secretKeySigner(generateSecretKey());
    const byHand = { quotedByHand: true, exchanges: ['free'] } as const;
    const services = [service({ kind: 5002, name: 'Translation', ...byHand, handler: async () => '' })];
    const first = await profileAfterBeat(signer, { sellerName: 'Rosa', services });
    expect(JSON.parse(first?.content ?? '')).toEqual({ name: 'Rosa', about: 'Sells: Translation.' });
    const second = await profileAfterBeat(signer, { sellerName: 'Rosa Parra', services });
    expect(second && nameOfProfile(second)).toBe('Rosa Parra');
  });

  test('its relay list says where it is reached, and follows its relays', async () => {
    const signer = secretKeySigner(generateSecretKey());
    const list = await saidAfterBeat(signer, RELAY_LIST_KIND);
    const here = [normalizeRelayUrl(stage.relay.url)];
    expect(list && orThrow(parseRelayList(list))).toMatchObject({ read: here, write: here });
    if (list === null) return;
    const elsewhere = {
      ...list,
      created_at: list.created_at + 1,
      tags: [
        ['r', 'wss://old.example'],
        ['client', 'coinop'],
      ],
    };
    await publish(signer, elsewhere);
    const now = () => unixNow() + 2; // replaces what is dated a second ahead
    const followed = await saidAfterBeat(signer, RELAY_LIST_KIND, { now });
    expect(followed && orThrow(parseRelayList(followed)).read).toEqual(here);
  });

  test('a person’s own relay list stays as it is', async () => {
    const signer = secretKeySigner(generateSecretKey());
    const list = buildRelayList({ read: ['wss://mine.example'], write: [], createdAt: unixNow() - 100 });
    const own = await publish(signer, list);
    expect(await saidAfterBeat(signer, RELAY_LIST_KIND)).toEqual(own);
  });
});
