import { afterEach, beforeEach, expect, test } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../keys/index.ts';
import { openSqlLedger } from '../ledger/sql.ts';
import {
  announcedParams,
  ANNOUNCEMENT_KIND,
  kindContract,
  orThrow,
  parseAnnouncement,
  type Announcement,
  type KindContract,
} from '../protocol/index.ts';
import { openRelayStage, type RelayStage } from '../../test/fixtures/relay-stage.ts';
import { startProvider } from './provider.ts';
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
