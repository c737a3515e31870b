import { bytesToHex, randomBytes } from '@noble/hashes/utils.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generateSecretKey, secretKeySigner } from '../../src/keys/index.ts';
import { msat, ZAP_RECEIPT_KIND, type NostrEvent } from '../../src/protocol/index.ts';
import type { ZapRecord, ZapRecords } from '../../src/zaps/index.ts';

/** Records under test; `reopen` where they outlive the process. */
export interface RecordsUnderTest {
  readonly records: ZapRecords;
  readonly reopen?: () => Promise<ZapRecords>;
  readonly remove: () => Promise<void>;
}

const signer = secretKeySigner(generateSecretKey());

function signedReceipt(content = ''): Promise<NostrEvent> {
  const tags = [['bolt11', 'lnbcrt1example']];
  return signer.sign({ kind: ZAP_RECEIPT_KIND, created_at: 1_700_000_000, tags, content });
}

function newZap(more: Partial<ZapRecord> = {}): Omit<ZapRecord, 'state' | 'receipt'> {
  return {
    paymentHash: bytesToHex(randomBytes(32)),
    bolt11: 'lnbcrt1example',
    amountMsat: msat(2_100_000_000_000_000_000n),
    description: '{"content":"an \\"exact\\" text ☂\\u0000"}',
    relays: ['wss://one.example/', 'wss://two.example/'],
    expiresAt: 1_700_000_600,
    ...more,
  };
}

/** What every store of zaps promises; it is opened for at most `maxUnfinished` of them. */
export function zapRecordsContract(
  name: string,
  open: (maxUnfinished: number) => Promise<RecordsUnderTest>,
): void {
  describe(`zap records ${name}`, () => {
    let opened: RecordsUnderTest;
    let records: ZapRecords;
    beforeEach(async () => {
      opened = await open(3);
      ({ records } = opened);
    });
    afterEach(() => opened.remove());

    test('keep a zap exactly as it was booked', async () => {
      const zap = newZap();
      expect(await records.add(zap)).toMatchObject({ ok: true });
      expect(await records.get(zap.paymentHash)).toEqual({ ...zap, state: 'open', receipt: null });
      expect(await records.get('00'.repeat(32))).toBeNull();
    });

    test('list what is not finished, oldest first, whatever has moved', async () => {
      const zaps = [newZap(), newZap(), newZap()];
      for (const zap of zaps) await records.add(zap);
      const [first] = zaps;
      const receipt = await signedReceipt();
      await records.change(first?.paymentHash ?? '', 'open', { state: 'receipt-due', receipt });
      const listed = await records.unfinished();
      expect(listed.map(({ paymentHash }) => paymentHash)).toEqual(
        zaps.map(({ paymentHash }) => paymentHash),
      );
      expect(listed.map(({ state }) => state)).toEqual(['receipt-due', 'open', 'open']);
      expect(listed[0]?.receipt).toEqual(receipt);
    });

    test('move a zap only from the state that was seen, and so sign for it once', async () => {
      const { paymentHash, ...zap } = newZap();
      await records.add({ ...zap, paymentHash });
      const receipts = await Promise.all([signedReceipt('one'), signedReceipt('other')]);
      const moved = await Promise.all(
        receipts.map((receipt) => records.change(paymentHash, 'open', { state: 'receipt-due', receipt })),
      );
      expect(moved.filter(Boolean)).toHaveLength(1);
      expect((await records.get(paymentHash))?.receipt).toEqual(receipts[moved.indexOf(true)]);
      expect(await records.change(paymentHash, 'open', { state: 'lapsed' })).toBe(false);
      expect((await records.get(paymentHash))?.state).toBe('receipt-due');
    });

    test.each([
      ['published', 'receipt-due'],
      ['unpublished', 'receipt-due'],
      ['lapsed', 'open'],
    ] as const)('forget a zap that is %s', async (end, before) => {
      const zap = newZap();
      const { paymentHash } = zap;
      await records.add(zap);
      if (before === 'receipt-due')
        await records.change(paymentHash, 'open', { state: before, receipt: await signedReceipt() });
      expect(await records.change(paymentHash, before, { state: end })).toBe(true);
      expect(await records.get(paymentHash)).toBeNull();
      expect(await records.unfinished()).toEqual([]);
      expect(await records.change(paymentHash, end, { state: 'published' })).toBe(false);
      expect(await records.change(paymentHash, before, { state: end })).toBe(false);
    });

    test('refuse more than they have room for, until one is finished', async () => {
      const zaps = [newZap(), newZap(), newZap()];
      for (const zap of zaps) expect(await records.add(zap)).toMatchObject({ ok: true });
      expect(await records.add(newZap())).toMatchObject({ failure: { code: 'too-many-zaps' } });
      await records.change(zaps[1]?.paymentHash ?? '', 'open', { state: 'lapsed' });
      expect(await records.add(newZap())).toMatchObject({ ok: true });
    });

    test('are there again after the process ended', async ({ skip }) => {
      if (opened.reopen === undefined) return skip('it keeps them in memory');
      const [open1, due] = [newZap(), newZap()];
      await records.add(open1);
      await records.add(due);
      const receipt = await signedReceipt();
      await records.change(due.paymentHash, 'open', { state: 'receipt-due', receipt });
      records = await opened.reopen();
      expect(await records.unfinished()).toEqual([
        { ...open1, state: 'open', receipt: null },
        { ...due, state: 'receipt-due', receipt },
      ]);
    });
  });
}
