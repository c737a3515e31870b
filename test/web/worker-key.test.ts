import { afterAll, beforeAll, expect, it } from 'vitest';
import { generateSecretKey, pubkeyOf } from '../../src/keys/index.ts';
import { satsToMsat } from '../../src/protocol/index.ts';
import type { Skill } from '../../web/engine/index.ts';
import { openEngineStage, type EngineStage, type EngineTab } from './engine-stage.ts';

const TEST_MS = 180_000;
const PASSWORD = 'a long pass word';
const SECRET_KEY = generateSecretKey();
const PERSON = pubkeyOf(SECRET_KEY);

let stage: EngineStage;
let worker: EngineTab;
let customer: EngineTab;

beforeAll(async () => {
  stage = await openEngineStage();
  const newTab = async () => (await stage.visitor()).tab();
  [worker, customer] = await Promise.all([newTab(), newTab()]);
  await worker.done('session.sign-in', { by: 'new-key', secretKey: SECRET_KEY });
  await customer.done('session.sign-in', { by: 'new-key', secretKey: generateSecretKey() });
}, TEST_MS);
afterAll(() => stage.close(), 60_000);

const translating: Skill = {
  id: 'translate',
  kind: 5002,
  name: 'By hand',
  about: 'A careful translation.',
  fromMsat: satsToMsat(10),
};
const drawing: Skill = { ...translating, id: 'draw', kind: 5100, name: 'Drawn by hand' };

const announce = (skills: readonly Skill[], linked = false) =>
  worker.done('work.set-skills', { name: 'By hand', skills, linked });

async function workerPubkey(): Promise<string> {
  const bench = await worker.until('workbench', null, (state) => state.workerPubkey !== null);
  if (bench.workerPubkey === null) throw new Error('nothing was announced');
  return bench.workerPubkey;
}

/** What anybody sees of the worker key. */
async function seen(): Promise<{ readonly services: readonly string[]; readonly operators: unknown }> {
  const entry = await customer.done('directory.provider', { pubkey: await workerPubkey() });
  const services = entry.services.map(({ announcement }) => announcement.identifier).toSorted();
  return { services, operators: entry.operators };
}

/** Asks the worker for a translation, which it offers for nothing, and takes the offer; the request. */
async function orderTranslation(data: string): Promise<string> {
  const { requestId } = await customer.done('market.post', {
    kind: 5002,
    inputs: [{ type: 'text', data }],
    files: [],
    params: { language: ['es'] },
    outputs: [],
    maxAmountMsat: satsToMsat(100),
    deadlineSeconds: 604_800,
    targets: [await workerPubkey()],
    encrypted: false,
    exchanges: ['free'],
    choice: 'ask',
    idempotencyKey: data,
  });
  await worker.until('workbench', null, ({ inbox }) => inbox.some((row) => row.requestId === requestId));
  const free = { amountMsat: satsToMsat(0), usualSeconds: 60, worstSeconds: 86_400, note: '', plan: null };
  await worker.done('work.quote', { requestId, ...free });
  const run = await customer.until(
    'run',
    { requestId },
    (state) => (state?.comparison?.offers.length ?? 0) > 0,
  );
  const offerId = run?.comparison?.offers[0]?.id ?? '';
  const approval = { maxAmountMsat: satsToMsat(0), idempotencyKey: `take-${requestId}` };
  await customer.done('market.approve', { requestId, offerId, ...approval });
  await worker.until('workbench', null, ({ active }) => active.some((row) => row.requestId === requestId));
  return requestId;
}

it(
  'names the person only with its consent, and everybody can check it until it is taken back',
  async () => {
    await announce([translating, drawing]);
    expect(await seen()).toEqual({ services: ['draw', 'translate'], operators: [] });
    await announce([translating, drawing], true);
    expect((await seen()).operators).toEqual([{ pubkey: PERSON, isProven: true }]);
    await announce([translating, drawing]);
    expect((await seen()).operators).toEqual([]);
  },
  TEST_MS,
);

it(
  'withdraws what is not sold any more, and goes on with what was taken before',
  async () => {
    const requestId = await orderTranslation('The red fox sleeps.');
    await worker.done('work.set-hours', { until: Math.floor(Date.now() / 1000) + 3600 });
    await announce([]);
    expect((await seen()).services).toEqual([]);
    const bench = await worker.until('workbench', null, ({ skills }) => skills.length === 0);
    expect(bench).toMatchObject({ presentUntil: null, trouble: null });
    const draft = { content: 'El zorro rojo duerme.', mediaType: 'text/plain', file: null };
    await worker.done('work.deliver', { requestId, draft, over: 0 });
    const run = await customer.until('run', { requestId }, (state) => state?.result != null);
    expect(run?.result?.content).toBe('El zorro rojo duerme.');
    await announce([translating]);
    expect((await seen()).services).toEqual(['translate']);
  },
  TEST_MS,
);

it(
  'moves to another browser with its key, drafts and words, delivers there, and stops here',
  async () => {
    const requestId = await orderTranslation('The grey heron waits.');
    const providerPubkey = await workerPubkey();
    await customer.done('market.write', { requestId, providerPubkey, text: 'Formal, please.' });
    await worker.until('job', { requestId }, (job) => job?.words.length === 1);
    await worker.until('workbench', null, ({ active }) => active[0]?.unread === 0); // it has been looked at
    const draft = { content: 'La garza gris', mediaType: 'text/plain', file: null };
    await worker.done('work.save-draft', { requestId, draft, over: 0 });

    expect(await worker.call('books.export', { password: null })).toMatchObject({
      failure: { code: 'password-needed' },
    });
    const json = await worker.done('books.export', { password: PASSWORD });
    const there = await (await stage.visitor()).tab();
    await there.done('session.sign-in', { by: 'new-key', secretKey: SECRET_KEY });
    expect(await there.call('books.import', { json, password: 'another one' })).toMatchObject({
      failure: { code: 'key-password-wrong' },
    });
    await there.done('books.import', { json, password: PASSWORD });

    const moved = await there.until('job', { requestId }, (job) => job?.sale.work === 'working');
    expect(moved).toMatchObject({ draft, words: [{ text: 'Formal, please.' }] });
    await worker.until('workbench', null, ({ trouble }) => trouble?.code === 'worked-elsewhere');
    const late = await worker.call('work.deliver', { requestId, draft, over: 1 });
    expect(late).toMatchObject({ failure: { code: 'worked-elsewhere' } });

    const whole = { ...draft, content: 'La garza gris espera.' };
    await there.done('work.deliver', { requestId, draft: whole, over: moved?.draftVersion ?? 0 });
    const run = await customer.until('run', { requestId }, (state) => state?.result != null);
    expect(run?.result?.content).toBe('La garza gris espera.');
  },
  TEST_MS,
);
