import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { orThrow, satsToMsat } from '../../protocol/index.ts';
import { createApprovalCodes, type ApprovalCodes } from '../approvals/approval-codes.ts';
import { openApprovals, type Approval, type Approvals } from '../approvals/approvals.ts';
import { approvalPages } from './approval-page.ts';

let home: string;
let approvals: Approvals;
let codes: ApprovalCodes;
let asked: Approval;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'coinop-page-'));
  approvals = openApprovals({ dir: join(home, 'approvals'), now: () => 1000 });
  codes = createApprovalCodes();
  asked = orThrow(
    await approvals.ask({
      quoteId: 'a:b',
      kind: 5050,
      providerPubkey: 'p',
      exchange: 'hold',
      amountMsat: satsToMsat(60),
      expiresAt: 2000,
    }),
  );
});
afterEach(() => rm(home, { recursive: true, force: true }));

const page = async (form?: Record<string, string>): Promise<Response> =>
  approvalPages(approvals, codes).request(
    `/approve/${asked.id}`,
    form && { method: 'POST', body: new URLSearchParams(form) },
  );
const stateNow = async () => (await approvals.get(asked.id))?.state;

test('lets browsers say where the form comes from, which the server wants to know', async () => {
  expect((await page()).headers.get('referrer-policy')).toBe('same-origin');
});

test('takes the code for either answer', async () => {
  const { code } = codes.codeOf(asked.id);
  expect((await page({ decision: 'deny', code: '' })).status).toBe(403);
  expect(await stateNow()).toBe('asked');
  expect((await page({ decision: 'deny', code })).status).toBe(200);
  expect(await stateNow()).toBe('denied');
});

test('that outlived its server decides nothing, and works again with the next code', async () => {
  const { code } = codes.codeOf(asked.id);
  codes = createApprovalCodes();
  for (const decision of ['approve', 'deny']) {
    const answered = await page({ decision, code });
    expect(answered.status).toBe(410);
    expect(await answered.text()).toMatch(/out of date.*call buy again/);
  }
  expect(await stateNow()).toBe('asked');
  const fresh = codes.codeOf(asked.id);
  expect((await page({ decision: 'approve', code: fresh.code })).status).toBe(200);
  expect(await stateNow()).toBe('granted');
});
