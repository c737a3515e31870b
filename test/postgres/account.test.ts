import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAccount, type Account } from '../../src/account/index.ts';
import { withdrawingAlone, type WithdrawalParts } from '../../src/account/withdraw.ts';
import { generateSecretKey } from '../../src/keys/index.ts';
import { msat, orThrow, success } from '../../src/protocol/index.ts';
import { startPostgres, type PostgresServer } from '../fixtures/postgres-server.ts';

let server: PostgresServer;
let databaseUrl: string;
let home: string;
const secretKey = generateSecretKey();

beforeAll(async () => {
  server = await startPostgres();
  databaseUrl = await server.newDatabase();
  home = await mkdtemp(join(tmpdir(), 'coinop-shared-'));
});
afterAll(async () => {
  await server.remove();
  await rm(home, { recursive: true, force: true });
});

const open = (machine: string) =>
  openAccount({ dir: join(home, machine), relayUrls: [], secretKey, databaseUrl });

describe('an account on several machines', () => {
  it('has one set of books, and one of its processes withdraws at a time', async () => {
    const [here, there] = [orThrow(await open('here')), orThrow(await open('there'))];
    try {
      const { ledger } = here;
      expect(ledger.isShared).toBe(true);
      await ledger.spending
        .limits(here.signer.pubkey, { perJobMsat: msat(5n) })
        .reserve({ ...WISH, amountMsat: msat(5n), feeLimitMsat: 0n as never });
      expect((await there.ledger.spending.spent(there.signer.pubkey)).todayMsat).toBe(5n);

      const going = Promise.withResolvers<void>();
      const isUnderWay = Promise.withResolvers<void>();
      const first = withdrawingAlone(partsOf(here), async () => {
        isUnderWay.resolve();
        await going.promise;
        return success('here');
      });
      await isUnderWay.promise;
      await expect
        .poll(() => withdrawingAlone(partsOf(there), async () => success('there')), PATIENCE)
        .toMatchObject({
          failure: { code: 'withdrawal-busy' },
        });
      going.resolve();
      expect(await first).toMatchObject({ value: 'here' });
      expect(await withdrawingAlone(partsOf(there), async () => success('there'))).toMatchObject({
        value: 'there',
      });
    } finally {
      await here.close();
      await there.close();
    }
  });

  it('trusts no mint', async () => {
    const mints = { urls: ['https://mint.example'], network: 'bitcoin' } as const;
    expect(await openAccount({ dir: join(home, 'rich'), relayUrls: [], databaseUrl, mints })).toMatchObject({
      failure: { code: 'ecash-not-shared' },
    });
  });

  it('says that its database is not there, and not where it should be', async () => {
    const url = 'postgres://me:hunter2@127.0.0.1:1/books';
    const error: unknown = await openAccount({
      dir: join(home, 'lost'),
      relayUrls: [],
      databaseUrl: url,
    }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'database-unavailable' });
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toMatch(/hunter2|127\.0\.0\.1/);
  }, 60_000);
});

const PATIENCE = { timeout: 20_000 };
const WISH = {
  paymentHash: 'ab'.repeat(32),
  bolt11: 'lnbcrt1',
  counterparty: 'https://data.example',
  purpose: 'data',
};

/** Of a withdrawal only what decides who withdraws. */
function partsOf({ dir, ledger, signer }: Account): WithdrawalParts {
  const parts: Pick<WithdrawalParts, 'dir' | 'ledger' | 'pubkey'> = { dir, ledger, pubkey: signer.pubkey };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else is looked at
  return parts as WithdrawalParts;
}
