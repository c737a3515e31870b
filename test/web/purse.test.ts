import { afterEach, expect, test } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import { msat, orThrow, type Msat } from '../../src/protocol/index.ts';
import { openDesk } from '../../web/engine/worker/desk.ts';
import { openPageLine } from '../../web/engine/worker/page-line.ts';
import { openPurse } from '../../web/engine/worker/shopping/purse.ts';
import { memoryVault } from './memory-vault.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** A purse with a wallet, its books, and a way to spend under its caps. */
async function openSpender() {
  const signer = secretKeySigner(generateSecretKey());
  const ledger = openSqlLedger({ path: ':memory:', now: () => 1_800_000_000 });
  const found = { ownHistory: () => Promise.resolve([]), onName: () => undefined };
  const desk = {
    ...openDesk({ signer, pubkey: signer.pubkey, relayUrls: [], ...found }),
    pubkey: signer.pubkey,
  };
  const purse = await openPurse({
    desk,
    ledger,
    vault: memoryVault(),
    line: openPageLine(() => undefined),
    surroundings: { relayUrls: [], blobServers: [], mintUrl: null, playMoney: true },
    base: 'http://127.0.0.1/',
    onShow: () => undefined,
  });
  closers.push(
    () => ledger.close(),
    () => desk.close(),
    () => purse.close(),
  );
  orThrow(await purse.connect({ by: 'qr' }));
  let payments = 0;
  const reserve = (amountMsat: Msat) =>
    ledger.spending.limits(signer.pubkey, purse.caps).reserve({
      amountMsat,
      feeLimitMsat: msat(0n),
      counterparty: 'ab'.repeat(32),
      purpose: 'a page of data',
      paymentHash: (++payments).toString(16).padStart(64, '0'),
      bolt11: 'lnbcrt1example',
    });
  return { purse, reserve };
}

test('money that comes back after the budget was set does not raise it', async () => {
  const { purse, reserve } = await openSpender();
  const locked = orThrow(await reserve(msat(1_000n)));
  await locked.inFlight();
  await purse.setBudget(msat(100n));
  await locked.released(); // its payee lets go of it
  expect(await reserve(msat(101n))).toMatchObject({ failure: { code: 'over-budget' } });
  orThrow(await reserve(msat(100n)));
  expect(await reserve(msat(1n))).toMatchObject({ failure: { code: 'over-budget' } });
});

test('what was on its way when the budget was set counts against it', async () => {
  const { purse, reserve } = await openSpender();
  const gone = orThrow(await reserve(msat(60n)));
  await gone.inFlight();
  await gone.spent({ preimage: 'cd'.repeat(32), feePaidMsat: msat(0n) });
  const locked = orThrow(await reserve(msat(60n)));
  await purse.setBudget(msat(100n));
  expect(await reserve(msat(41n))).toMatchObject({ failure: { code: 'over-budget' } });
  orThrow(await reserve(msat(40n)));
  await locked.released();
  orThrow(await reserve(msat(60n)));
});
