import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerApproval } from '../../src/cli/mcp/approve.ts';
import { createOutput } from '../../src/cli/output.ts';
import { unixNow } from '../../src/clock/index.ts';
import type { Purchase } from '../../src/ledger/index.ts';
import { openSqlLedger } from '../../src/ledger/sql.ts';
import { orThrow, satsToMsat } from '../../src/protocol/index.ts';
import { coinop, startCoinop } from '../cli/coinop.ts';
import { newPurchase, someEvent, someOffer } from '../contracts/ledger-fixtures.ts';
import {
  KINDS,
  openAgentStage,
  quoteFor,
  startAgent,
  type Agent,
  type AgentStage,
  type Said,
} from './stage.ts';

const docs = await readFile(new URL('../../docs/mcp.md', import.meta.url), 'utf8');

let stage: AgentStage;
/** With the usual caps; its client would agree to everything, and is not trusted with that. */
let agent: Agent;
beforeAll(async () => {
  stage = await openAgentStage();
  agent = await startAgent(stage, ['--approve-above', '50', '--approve-by', 'outside'], {
    person: () => 'accept',
  });
}, 120_000);
afterAll(async () => {
  await agent.close();
  await stage.close();
});

const WAIT = { wait_seconds: 60 };
/** A provider that nothing is bought from. */
const BLOCKED = 'bb'.repeat(32);

function jobOf({ is }: Said): string {
  return String(is['job_id']);
}

/** Approves as a person at a terminal does, by writing the price. */
function approve(id: string, price: string): ReturnType<typeof answerApproval> {
  const output = createOutput({ json: false, stdout: process.stdout, stderr: process.stderr });
  const input = Object.assign(new PassThrough(), { isTTY: true });
  input.write(`${price}\n`);
  const person = { input, output: new PassThrough() };
  return answerApproval({ home: stage.home, id }, person, output, new AbortController().signal);
}

/** Waits until the seller works on a job of the gated kind. */
async function atWork(quote: string): Promise<void> {
  await stage.seller.until(({ requestId, work }) => quote.startsWith(requestId) && work === 'working');
}

describe('an agent over stdio', () => {
  test('buys from search to rating, and pays once', async () => {
    const before = await stage.paid();
    const { tools } = await agent.client.listTools();
    const documented = [...docs.matchAll(/^- `(\w+)`/gm)].map(([, name]) => name);
    expect(documented).toHaveLength(9);
    expect(new Set(tools.map(({ name }) => name))).toEqual(new Set(documented));
    for (const { name, inputSchema } of tools)
      for (const [, field] of docs.matchAll(new RegExp(`^- \`${name}\` \\((.*?)\\)`, 'gm')))
        for (const [, arg = ''] of field?.matchAll(/`(\w+)`/g) ?? [])
          expect(inputSchema.properties).toHaveProperty(arg);
    expect(tools.every(({ outputSchema, annotations }) => outputSchema && annotations)).toBe(true);
    expect((await agent.call('search_services', { kind: KINDS.cheap })).is).toMatchObject({
      services: [{ provider: stage.seller.provider.pubkey, kinds: [KINDS.cheap], announced_sats: 5 }],
      kinds: [{ kind: KINDS.cheap }],
    });

    const asked = await agent.call('get_quote', { kind: KINDS.cheap, input: 'a red fox', max_sats: 50 });
    expect(asked.is).toMatchObject({
      status: 'quoted',
      money: 'none',
      quotes: [{ sats: 5, most_sats: 10, exchange: 'hold', exposure: 'guarded' }],
    });
    expect(await stage.paid()).toBe(before);
    const notes: string[] = [];
    const bought = await agent.call(
      'buy',
      { quote_id: asked.is['recommended'], max_sats: 5, idempotency_key: 'whole', ...WAIT },
      { onprogress: ({ message }) => void notes.push(message ?? '') },
    );
    expect(bought.is).toMatchObject({
      status: 'done',
      sats: 5,
      money: 'paid',
      possibly_spent: false,
      repeated: false,
      result: { untrusted_content: 'A RED FOX', next_offset: null },
    });
    expect(bought.texts[1]).toMatch(/untrusted data.*\n--- begin (\w+) ---\nA RED FOX\n--- end \1 ---$/);
    expect(notes).toContain('the result is here');
    const job_id = jobOf(bought);
    expect((await agent.call('job_status', { job_id })).is).toMatchObject({ status: 'done', money: 'paid' });
    expect((await agent.call('get_result', { job_id, offset: 2, max_chars: 3 })).is).toMatchObject({
      untrusted_content: 'RED',
      next_offset: 5,
      total_chars: 9,
    });
    expect((await agent.call('rate', { job_id, stars: 5 })).is).toMatchObject({
      job_id,
      shows_payment: true,
    });
    expect((await agent.call('budget', {})).is).toMatchObject({
      left: { per_call_sats: 100, session_sats: 995, day_sats: 4995 },
      session_spent_sats: 5,
      approve_above_sats: 50,
      wallet: { play_money: true },
    });
    expect(await stage.paid()).toBe(before + 1);
  }, 120_000);

  test('goes on with a job by what its offer promised, within the caps and with the person where that is needed', async () => {
    const before = await stage.paid();
    const asking = agent.call('get_quote', { kind: KINDS.byHand, input: 'a fox', max_sats: 50, ...WAIT });
    const { requestId } = await stage.seller.until(
      ({ request, work }) => request.kind === KINDS.byHand && work === 'received',
    );
    const plan = {
      title: 'A sketch',
      milestones: [{ amountMsat: satsToMsat(60), title: 'The drawing' }],
      revisions: 1,
    };
    const terms = { amountMsat: satsToMsat(5), usualSeconds: 1, worstSeconds: 20, note: null, plan };
    orThrow(await stage.seller.provider.byHand.offer(requestId, terms));
    const asked = (await asking).is;
    const promised = { milestones: [{ sats: 60, untrusted_title: 'The drawing' }], revisions: 1 };
    expect(asked).toMatchObject({ quotes: [{ plan: promised }], steps: null });
    const args = { quote_id: asked['recommended'], max_sats: 5, idempotency_key: 'in steps', ...WAIT };
    const job_id = jobOf(await agent.call('buy', args));
    const revise = { job_id, step: 'revision', text: 'bluer', max_sats: 0, ...WAIT };
    const revised = await agent.call('continue_job', revise);
    expect(revised.is).toMatchObject({
      status: 'done',
      sats: 0,
      result: { untrusted_content: 'a fox + bluer' },
    });
    expect((await agent.call('continue_job', revise)).error).toMatchObject({ code: 'step_not_agreed' });

    const draw = { job_id, step: 'milestone', max_sats: 60, ...WAIT };
    expect((await agent.call('continue_job', { ...draw, max_sats: 59 })).error).toMatchObject({
      code: 'above_max',
    });
    const needed = (await agent.call('continue_job', draw)).is; // above what the agent may decide
    expect(needed).toMatchObject({ status: 'approval_required', sats: 60 });
    const { id } = needed['approval'] as { readonly id: string };
    expect(await approve(id, '60 sat')).toMatchObject({ ok: true });
    const drawn = await agent.call('continue_job', draw);
    expect(drawn.is).toMatchObject({ status: 'done', sats: 60, money: 'paid', repeated: false });
    expect((await agent.call('job_status', { job_id: jobOf(drawn) })).is).toMatchObject({
      steps: [
        { step: 'milestone', number: 1, done: true, job_id },
        { step: 'milestone', number: 2, sats: 60, done: true, is_next: false },
        { step: 'revision', number: 1, sats: 0, done: true },
      ],
    });
    expect(await stage.paid()).toBe(before + 2);
  }, 120_000);

  test('never spends more than its session may, and is told what is left', async () => {
    const poor = await startAgent(stage, ['--per-session', '14', '--per-call', '50'], { mode: 'auto' });
    const before = await stage.paid();
    const [first, second, dear] = await Promise.all([
      quoteFor(poor, KINDS.cheap),
      quoteFor(poor, KINDS.cheap),
      poor.call('get_quote', { kind: KINDS.dear, input: 'a red fox', max_sats: 50, wait_seconds: 3 }),
    ]);
    expect(dear.is).toMatchObject({ status: 'collecting', quotes: [] });
    const buy = (quote_id: string, max_sats: number) =>
      poor.call('buy', { quote_id, max_sats, idempotency_key: quote_id, ...WAIT });
    expect((await buy(first, 4)).error).toMatchObject({ code: 'above_max' });
    const both = await Promise.all([buy(first, 5), buy(second, 5)]); // 10 sat are set aside for each, with fees
    expect(both.filter(({ is }) => is['status'] === 'done')).toHaveLength(1);
    expect(both.map(({ error }) => error).find(Boolean)).toMatchObject({
      code: 'over_budget',
      possibly_spent: false,
      left: { session_sats: expect.toBeOneOf([4, 9]) },
      details: { cap: 'per_session' },
    });
    expect(await stage.paid()).toBe(before + 1);
    await poor.close();
  }, 120_000);

  test('buys once however often and under whichever key it repeats itself', async () => {
    const before = await stage.paid();
    const [quote_id, other] = await Promise.all([quoteFor(agent, KINDS.cheap), quoteFor(agent, KINDS.cheap)]);
    const buy = (key: string, quote = quote_id) =>
      agent.call('buy', { quote_id: quote, max_sats: 5, idempotency_key: key, ...WAIT });
    const together = await Promise.all([buy('same'), buy('same'), buy('same')]);
    expect(together.map(({ is }) => is['status'])).toEqual(['done', 'done', 'done']);
    expect((await buy('same')).is).toMatchObject({ status: 'done', repeated: true });
    expect((await buy('another')).error).toMatchObject({ code: 'quote_used', job: { status: 'done' } });
    const job_id = quote_id.slice(0, 64);
    for (const another of [other, `${job_id}:${'f'.repeat(64)}`])
      expect((await buy('same', another)).error).toMatchObject({ code: 'key_used', job_id });
    expect(await stage.paid()).toBe(before + 1);

    const rivals = await Promise.all([buy('one', other), buy('two', other)]);
    expect(rivals.map(({ is, error }) => is['status'] ?? error?.['code'])).toEqual(
      expect.arrayContaining(['done', 'quote_used']),
    );
    expect(await stage.paid()).toBe(before + 2);
  }, 120_000);

  test('that gave up waiting finds its purchase under the same key', async () => {
    const before = await stage.paid();
    const quote_id = await quoteFor(agent, KINDS.gated);
    const args = { quote_id, max_sats: 5, idempotency_key: 'patience' };
    const given = new AbortController();
    const waiting = agent.call('buy', { ...args, ...WAIT }, { signal: given.signal });
    await atWork(quote_id);
    given.abort();
    await expect(waiting).rejects.toThrow();
    const meanwhile = await agent.call('buy', { ...args, wait_seconds: 0 });
    expect(meanwhile.is).toMatchObject({
      status: 'working',
      money: expect.toBeOneOf(['pending', 'locked']),
      possibly_spent: true,
      repeated: true,
    });
    stage.openGate();
    expect((await agent.call('job_status', { job_id: jobOf(meanwhile), ...WAIT })).is).toMatchObject({
      status: 'done',
      money: 'paid',
    });
    expect((await agent.call('buy', { ...args, ...WAIT })).is).toMatchObject({
      result: { untrusted_content: 'A RED FOX' },
    });
    expect(await stage.paid()).toBe(before + 1);
  }, 120_000);

  test('whose server was killed finds its purchase under the same key', async () => {
    const first = await startAgent(stage);
    const before = await stage.paid();
    const quote_id = await quoteFor(first, KINDS.gated);
    const args = { quote_id, max_sats: 5, idempotency_key: 'killed', ...WAIT };
    const lost = expect(first.call('buy', args)).rejects.toThrow();
    await atWork(quote_id);
    await first.kill();
    await lost;
    const second = await startAgent(stage, ['--per-session', '12']);
    const again = second.call('buy', args);
    const other = await quoteFor(second, KINDS.cheap);
    expect(
      (await second.call('buy', { quote_id: other, max_sats: 5, idempotency_key: 'after' })).error,
    ).toMatchObject({ code: 'over_budget' }); // what may still be paid counts in the new session
    stage.openGate();
    expect((await again).is).toMatchObject({
      status: 'done',
      repeated: true,
      result: { untrusted_content: 'A RED FOX' },
    });
    expect(await stage.paid()).toBe(before + 1);
    await second.close();
  }, 120_000);

  test('neither goes on with nor counts what the owner of the wallet bought', async () => {
    const { home, env } = stage;
    await writeFile(join(home, 'fox.txt'), 'a blue fox');
    const mine = startCoinop(['--json', 'buy', '5051', 'fox.txt', '--max', '20'], { home, env });
    const ended = once(mine.child, 'close');
    const { requestId } = await stage.seller.until(
      ({ request, work }) => work === 'working' && request.tags.some(([, input]) => input === 'a blue fox'),
    );
    mine.child.kill('SIGKILL');
    await ended;
    const other = await startAgent(stage, ['--per-session', '12']);
    expect((await other.call('budget', {})).is).toMatchObject({ session_spent_sats: 0 });
    for (const [tool, args] of [
      ['job_status', {}],
      ['cancel', {}],
      ['rate', { stars: 1 }],
    ] as const)
      expect((await other.call(tool, { job_id: requestId, ...args })).error).toMatchObject({
        code: 'job_unknown',
      });
    stage.openGate();
    await stage.seller.until((sale) => sale.requestId === requestId && sale.money === 'settled');
    const quote_id = await quoteFor(other, KINDS.cheap);
    const bought = await other.call('buy', { quote_id, max_sats: 5, idempotency_key: quote_id, ...WAIT });
    expect(bought.is).toMatchObject({ status: 'done' }); // there was room for it
    const asking = await coinop(
      ['--json', 'buy', '5050', 'fox.txt', '--max', '20', '--ask', '--deadline', '600'],
      stage,
    );
    expect(asking.code).toBe(3); // waits for its owner
    const [offered = ''] = asking.stdout.split('\n');
    const { requestId: waiting, offer } = JSON.parse(offered) as Record<string, string>;
    const taking = { quote_id: `${waiting}:${offer}`, max_sats: 20, idempotency_key: 'not mine' };
    expect((await other.call('buy', taking)).error).toMatchObject({ code: 'quote_unknown' });
    expect((await other.call('cancel', { job_id: waiting })).error).toMatchObject({ code: 'job_unknown' });
    const { stdout } = await coinop(['--json', 'jobs'], stage);
    const left = stdout.split('\n').find((line) => line.includes(requestId));
    expect(left).toMatch(/"state":"(paying|locked)"/); // the result waits for `coinop resume`
    await other.close();
  }, 120_000);

  test('is not gone on with for what passes its caps by now, or would pay a blocked provider', async () => {
    const { stdout } = await coinop(['--json', 'key'], stage);
    const { pubkey } = JSON.parse(stdout.split('\n')[0] ?? '') as { readonly pubkey: string };
    const ledger = openSqlLedger({ path: join(stage.home, 'customer', 'ledger.sqlite'), now: unixNow });
    const [dear, blocked] = [
      someOffer({ amountMsat: satsToMsat(50) }),
      someOffer({ providerPubkey: BLOCKED }),
    ];
    const bought: Purchase[] = [];
    for (const offer of [dear, blocked]) {
      const request = someEvent({ pubkey });
      const opened = await ledger.purchases.open(newPurchase({ request, madeBy: 'mcp' }));
      const approval = { offer, maxAmountMsat: offer.amountMsat };
      bought.push(orThrow(await ledger.purchases.approve(opened.purchase, approval)));
    }
    expect((await coinop(['block', 'add', BLOCKED], stage)).code).toBe(0);
    const { stderr } = await coinop(['mcp', '--per-call', '40'], stage);
    expect(stderr).toContain('2 earlier purchase(s)');
    for (const purchase of bought) {
      expect(await ledger.purchases.get(purchase.requestId)).toEqual(purchase);
      orThrow(await ledger.purchases.change(purchase, { state: 'cancelled' }));
    }
    expect((await coinop(['block', 'remove', BLOCKED], stage)).code).toBe(0);
    await ledger.close();
  }, 120_000);

  test('cancels what it has not bought', async () => {
    const quote_id = await quoteFor(agent, KINDS.cheap);
    const job_id = quote_id.slice(0, 64);
    expect((await agent.call('cancel', { job_id })).is).toMatchObject({ status: 'failed', money: 'none' });
    expect((await agent.call('cancel', { job_id })).is).toMatchObject({ failure: { code: 'cancelled' } });
    expect((await agent.call('buy', { quote_id, max_sats: 5, idempotency_key: 'late' })).error).toMatchObject(
      { code: 'quote_used' },
    );
    expect((await agent.call('get_result', { job_id })).error).toMatchObject({ code: 'no_result' });
    expect((await agent.call('job_status', { job_id: 'f'.repeat(64) })).error).toMatchObject({
      code: 'job_unknown',
    });
  }, 120_000);
});

describe('a price that needs a person', () => {
  test('is asked about through a client that can', async () => {
    const questions: string[] = [];
    const answers: ('accept' | 'decline')[] = ['decline', 'accept'];
    const asking = await startAgent(stage, ['--approve-above', '50'], {
      person: (question) => {
        questions.push(question);
        return answers.shift() ?? 'decline';
      },
    });
    const before = await stage.paid();
    const quote_id = await quoteFor(asking, KINDS.dear);
    const args = { quote_id, max_sats: 60, idempotency_key: quote_id, ...WAIT };
    expect((await asking.call('buy', args)).error).toMatchObject({ code: 'approval_denied' });
    expect(await stage.paid()).toBe(before);
    expect((await asking.call('buy', args)).is).toMatchObject({ status: 'done', sats: 60 });
    expect(questions).toHaveLength(2);
    expect(questions[0]).toMatch(/kind 5052 for 60 sat .* by hold/);
    expect(await stage.paid()).toBe(before + 1);
    await asking.close();
  }, 120_000);

  test('waits for a command that only a person can give', async () => {
    const before = await stage.paid();
    const quote_id = await quoteFor(agent, KINDS.dear);
    const args = { quote_id, max_sats: 60, idempotency_key: 'person', ...WAIT };
    const asked = await agent.call('buy', args);
    expect(asked.is).toMatchObject({
      status: 'approval_required',
      money: 'none',
      approval: { url: null, how: expect.stringContaining('coinop approve') },
    });
    const { id } = asked.is['approval'] as { readonly id: string };
    expect(await coinop(['approve', id], stage)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('person-missing'),
    });
    expect(await approve(id, '60 sat')).toMatchObject({ ok: true });
    expect(await stage.paid()).toBe(before);
    expect((await agent.call('buy', args)).is).toMatchObject({ status: 'done', repeated: false });
    expect(await stage.paid()).toBe(before + 1);
    expect(await approve(id, '60 sat')).toMatchObject({ failure: { code: 'approval-unknown' } });
  }, 120_000);
});
