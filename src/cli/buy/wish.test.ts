import { expect, test } from 'vitest';
import { formatNpub } from '../../keys/index.ts';
import { isOrder, readWish, type BuyArguments } from './wish.ts';

const PUBKEY = 'f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9';
const args: BuyArguments = {
  kind: 5050,
  input: '-',
  maxSats: 10,
  params: [],
  outputs: [],
  to: [],
  rescue: false,
  deadlineSeconds: 60,
  exchanges: undefined,
  encrypted: false,
  firstDraft: false,
  approval: 'automatic',
  policy: 'balanced',
  idempotencyKey: undefined,
  workBits: undefined,
  redundancy: undefined,
  hedge: undefined,
  save: undefined,
};
const { signal } = new AbortController();
const read = (more: Partial<BuyArguments>) => readWish({ ...args, ...more }, signal);

test('addresses, parameters and keys are for the job that was named, terms for every job', () => {
  const asked = read({
    to: [formatNpub(PUBKEY)],
    rescue: true,
    params: ['model=a,b', 'size=5=6'],
    exchanges: ['hold'],
    idempotencyKey: 'k',
    approval: 'ask',
  });
  expect(asked).toMatchObject({
    ok: true,
    value: {
      everyJob: { deadlineSeconds: 60, exchanges: ['hold'], approval: 'ask' },
      namedJob: {
        targets: [PUBKEY],
        welcomesRescue: true,
        params: { model: ['a', 'b'], size: ['5=6'] },
        idempotencyKey: 'k',
      },
    },
  });
  expect(asked.ok && asked.value.everyJob).not.toHaveProperty('targets');
  expect(asked.ok && asked.value.everyJob).not.toHaveProperty('idempotencyKey');
});

test('a dry run asks as if somebody were to approve, so that nothing is taken, and uses up no key', () => {
  const asked = read({ approval: 'dry-run', idempotencyKey: 'k' });
  expect(asked).toMatchObject({ value: { everyJob: { approval: 'ask' } } });
  expect(asked.ok && asked.value.namedJob).not.toHaveProperty('idempotencyKey');
});

test('what takes several requests is an order, and orders choose by themselves', () => {
  const several = { encrypted: true, to: [PUBKEY, PUBKEY] };
  const orders: Partial<BuyArguments>[] = [
    several,
    { redundancy: { ask: 3, agree: 2 } },
    { hedge: { after: 'usual' } },
  ];
  for (const order of orders) {
    expect(isOrder({ ...args, ...order })).toBe(true);
    expect(read({ ...order, approval: 'dry-run' })).toMatchObject({ failure: { code: 'invalid-argument' } });
  }
  expect(isOrder({ ...args, encrypted: true, to: [PUBKEY] })).toBe(false);
});

test('work that is done when it is asked for may take a second request: it goes with no key and no order', () => {
  expect(read({ workBits: 12 })).toMatchObject({ ok: true });
  for (const more of [{ idempotencyKey: 'k' }, { hedge: { after: 'usual' } }] as const)
    expect(read({ workBits: 12, ...more })).toMatchObject({ failure: { code: 'invalid-argument' } });
});

test.each([
  [{ to: ['somebody'] }, 'malformed-pubkey'],
  [{ params: ['=x'] }, 'invalid-argument'],
  [{ params: ['x'] }, 'invalid-argument'],
])('%j is refused', (more, code) => {
  expect(read(more)).toMatchObject({ ok: false, failure: { code } });
});
