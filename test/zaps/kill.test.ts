import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { unixNow } from '../../src/clock/index.ts';
import { generateSecretKey, pubkeyOf, secretKeySigner } from '../../src/keys/index.ts';
import { connectWallets, type MarketWallets } from '../../src/market/connections.ts';
import { buildZapRequest, orThrow, satsToMsat, ZAP_RECEIPT_KIND } from '../../src/protocol/index.ts';
import { createInlineVerifier } from '../../src/relays/index.ts';
import { openSqlZapRecords } from '../../src/zaps/sql.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { startChild } from '../fixtures/child-program.ts';

const AMOUNT = satsToMsat(21);

/** Where the follower dies, in the order in which a paid zap passes them. */
const POINTS = [
  'receipt-due:before',
  'receipt-due:after',
  'publish:before',
  'publish:after',
  'published:before',
  'published:after',
];

describe('kill -9 of who publishes the receipts of zaps: a paid zap has exactly one', () => {
  let stage: BuyingStage;
  let dir: string;
  let wallets: MarketWallets;
  beforeAll(async () => {
    stage = await openBuyingStage(['provider']);
    dir = await mkdtemp(join(tmpdir(), 'coinop-zaps-kill-'));
    const { bank, relayUrl } = stage;
    wallets = await connectWallets({ dir, bank, relayUrl, verifier: createInlineVerifier() });
  }, 60_000);
  afterAll(async () => {
    await wallets.close();
    await stage.close();
    await rm(dir, { recursive: true, force: true });
  }, 60_000);

  /** Books a zap as a pay server does, and pays it. */
  async function bookPaidZap(path: string, recipientPubkey: string) {
    const zapRequest = await secretKeySigner(generateSecretKey()).sign(
      buildZapRequest({
        recipientPubkey,
        amountMsat: AMOUNT,
        relays: [stage.relayUrl],
        createdAt: unixNow(),
      }),
    );
    const description = JSON.stringify(zapRequest);
    const descriptionHash = bytesToHex(sha256(utf8ToBytes(description)));
    const wish = { amountMsat: AMOUNT, descriptionHash, expirySeconds: 600 };
    const invoice = orThrow(await stage.bank.wallet('provider').makeInvoice(wish));
    const { paymentHash } = invoice;
    const bolt11 = invoice.bolt11 ?? '';
    const records = openSqlZapRecords({ path });
    const relays = [stage.relayUrl];
    const expiresAt = unixNow() + 600;
    orThrow(await records.add({ paymentHash, bolt11, amountMsat: AMOUNT, description, relays, expiresAt }));
    await records.close();
    orThrow(await stage.wallet().pay({ bolt11, feeLimitMsat: satsToMsat(5) }));
    return { bolt11, description };
  }

  test.each(POINTS)(
    'at %s',
    async (point) => {
      const path = join(dir, `${point.replaceAll(/\W/g, '-')}.sqlite`);
      const secretKey = generateSecretKey();
      const pubkey = pubkeyOf(secretKey);
      const zap = await bookPaidZap(path, pubkey);
      const start = (crashAt = '') =>
        startChild(new URL('./follow-process.ts', import.meta.url), [path, bytesToHex(secretKey)], {
          NWC_URL: wallets.uris.provider,
          COINOP_CRASH_AT: crashAt,
        });
      expect(await start(point).ended).toEqual([null, 'SIGKILL']);

      const heir = start();
      await heir.ready;
      const records = openSqlZapRecords({ path });
      await vi.waitFor(async () => expect(await records.unfinished()).toEqual([]), { timeout: 20_000 });
      await records.close();
      expect(await heir.stop()).toEqual([0, null]);

      const filter = { kinds: [ZAP_RECEIPT_KIND], '#p': [pubkey] };
      const receipts = await stage.openPool().query([stage.relayUrl], [filter]);
      expect(receipts).toHaveLength(1);
      expect(receipts[0]?.tags).toContainEqual(['bolt11', zap.bolt11]);
      expect(receipts[0]?.tags).toContainEqual(['description', zap.description]);
    },
    60_000,
  );
});
