import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openAccount, type Account } from '../account/index.ts';
import { unixNow } from '../clock/index.ts';
import { generateSecretKey, secretKeySigner, wrapFor } from '../keys/index.ts';
import { GIFT_WRAP_KIND, orThrow, wrapJobMessage, type Failure } from '../protocol/index.ts';
import { startRelayServer, type RelayServer } from '../relay-server/index.ts';
import { createInlineVerifier, createRelayPool } from '../relays/index.ts';
import { ServiceSettings } from '../services/index.ts';
import { readConfig } from './config.ts';
import type { Output } from './output.ts';
import { policyOf } from './selling-rules.ts';
import { createStalls, openKeys } from './serve-stalls.ts';
import { serve } from './serve.ts';

/** What `coinop serve` does beside its jobs, on a relay that gives private messages to those alone whom they are for. */

const PATIENCE = { timeout: 30_000, interval: 20 };
const verifier = createInlineVerifier();
let home: string;
let relay: RelayServer;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'coinop-serve-'));
  relay = orThrow(
    await startRelayServer({
      databasePath: ':memory:',
      verify: (event) => verifier.verify(event),
      privateKinds: [GIFT_WRAP_KIND],
    }),
  );
});
afterAll(async () => {
  await relay.close();
  await verifier.close();
  await rm(home, { recursive: true, force: true });
});

const settingsOf = (settings: object) => ServiceSettings.parse({ price_sat: 0, ...settings });
const NO_RULES = { workUnpaid: 0, deliverUnpaid: 0, trustStrangers: false };
const nothing = (): void => undefined;
const QUIET: Output = {
  json: false,
  asked: false,
  rows: nothing,
  facts: nothing,
  data: nothing,
  note: nothing,
  failure: nothing,
};
const CAT = { command: ['cat'] };
const GONE = { command: ['no-such-program'] };

describe('services under keys of their own', () => {
  let account: Account;
  beforeAll(async () => {
    account = orThrow(await openAccount({ dir: join(home, 'stalls'), relayUrls: [relay.url], verifier }));
  });
  afterAll(() => account.close());

  test('hear what customers write to each of them in private', async () => {
    const heard: string[] = [];
    const troubles: Failure[] = [];
    const stalls = createStalls({
      account,
      connectAs: account.connectAs,
      ledger: account.ledger,
      relays: account.relays,
      relayUrls: account.relayUrls,
      wallet: null,
      graceMs: 0,
      signal: new AbortController().signal,
      tellOperator: () => undefined,
      onWords: ({ text }) => heard.push(text),
      onTrouble: (trouble) => troubles.push(trouble),
    });
    const pool = createRelayPool({ verifier });
    try {
      await stalls.change([
        settingsOf({ kind: 5090, exec: CAT }),
        settingsOf({ kind: 5091, exec: CAT, key: 'posters' }),
      ]);
      const sellers = stalls.sold().map(({ pubkey }) => pubkey);
      expect(new Set(sellers).size).toBe(2);
      for (const seller of sellers) {
        const question = {
          type: 'question',
          requestId: 'ab'.repeat(32),
          text: seller,
          createdAt: unixNow(),
        } as const;
        const customer = secretKeySigner(generateSecretKey());
        const wrap = orThrow(await wrapJobMessage(question, wrapFor(seller, customer, unixNow())));
        expect(await pool.publish(wrap, [relay.url])).toMatchObject([{ outcome: 'accepted' }]);
      }
      await vi.waitFor(() => expect(heard.toSorted()).toEqual(sellers.toSorted()), PATIENCE);
      expect(troubles).toEqual([]);
    } finally {
      await stalls.close(0);
      await pool.close();
    }
  });

  test('are the same on every machine of the account, and a key from before goes on where it is', async () => {
    const secretKey = generateSecretKey();
    const keyOn = async (machine: string, signingAs = secretKey) => {
      const open = await openAccount({
        dir: join(home, machine),
        relayUrls: [],
        verifier,
        secretKey: signingAs,
      });
      const opened = orThrow(open);
      try {
        const shared = { ...opened, ledger: { ...opened.ledger, isShared: true } };
        const { signers, warnings } = orThrow(await openKeys(shared, [{ key: 'posters' }, { key: 'music' }]));
        return {
          pubkeys: [...signers.values()].map(({ pubkey }) => pubkey),
          codes: warnings.map(({ code }) => code),
        };
      } finally {
        await opened.close();
      }
    };
    const here = await keyOn('here');
    expect(new Set(here.pubkeys).size).toBe(2);
    expect(here.codes).toEqual([]);
    expect(await keyOn('there')).toEqual(here);
    // Its files were made for another account key, as those from before were made at random.
    expect(await keyOn('here', generateSecretKey())).toEqual({
      pubkeys: here.pubkeys,
      codes: ['key-not-shared', 'key-not-shared'],
    });
  });
});

describe('what cannot be sold any more', () => {
  /** Starts `serve`, for as long as it sells and `whileSelling` takes. */
  async function run(
    services: readonly object[],
    {
      followsFile,
      whileSelling,
    }: { readonly followsFile: boolean; readonly whileSelling?: () => Promise<void> },
  ) {
    const config = orThrow(await readConfig({ home, relay: [relay.url] }, {}, 'provider'));
    const stop = new AbortController();
    const selling = Promise.withResolvers<void>();
    const output: Output = {
      ...QUIET,
      note: (words) => void (words.startsWith('● selling') && selling.resolve()),
    };
    const ended = serve(
      {
        services: services.map(settingsOf),
        policy: orThrow(policyOf(config.sellingRules, NO_RULES)),
        followsFile,
        firstDraft: false,
        grace: 0,
        adminName: [],
        logLevel: 'error',
      },
      { config, output, signal: stop.signal },
    );
    await Promise.race([selling.promise, ended]);
    await whileSelling?.();
    stop.abort();
    return ended;
  }
  const announced = async () => {
    const pool = createRelayPool({ verifier });
    const events = await pool.query([relay.url], [{ kinds: [31_990] }]);
    await pool.close();
    return new Set(
      events.flatMap(({ tags }) => tags.flatMap(([name, value]) => (name === 'd' ? [value] : []))),
    );
  };

  test.each([
    ['of a file', true, [{ kind: 5090 }, { kind: 5091, key: 'posters' }]],
    ['of a command line', false, [{ kind: 5092 }]],
  ] as const)(
    '%s is not announced any more, although nothing is left to sell',
    async (_of, followsFile, services) => {
      const before = await announced();
      const ids = services.map(({ kind }) => `coinop-${kind}`);
      await run(
        services.map((service) => ({ ...service, exec: CAT })),
        {
          followsFile,
          whileSelling: async () => expect(await announced()).toEqual(new Set([...before, ...ids])),
        },
      );
      const ended = await run(
        services.map((service) => ({ ...service, exec: GONE })),
        { followsFile },
      );
      expect(ended).toMatchObject({ ok: false, failure: { code: 'tool-missing' } });
      expect(await announced()).toEqual(before);
    },
  );
});
