import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EcashOperation, EcashStore, NewProof, OperationEnd } from '../../src/ecash/index.ts';

/** Books under test; `reopen` where they outlive the process. */
export interface StoreUnderTest {
  readonly store: EcashStore;
  readonly reopen?: () => Promise<EcashStore>;
  readonly remove: () => Promise<void>;
}

const MINT = 'https://mint.example';

function operation(id: string, more: Partial<EcashOperation> = {}): EcashOperation {
  return {
    id,
    kind: 'send',
    mintUrl: MINT,
    state: 'open',
    amountSat: 3n,
    outputs: [
      {
        keysetId: '00aa',
        amountSat: 2n ** 60n,
        blinded: `02${'11'.repeat(32)}`,
        blindingFactor: '123456789012345678901234567890',
        secret: 'secret "text"',
        role: 'sent',
      },
    ],
    quote: null,
    bolt11: null,
    feeLimitMsat: null,
    preimage: null,
    feeSat: null,
    routingFeeMsat: null,
    about: null,
    failure: null,
    createdAt: 1_700_000_000,
    ...more,
  };
}

function piece(y: string, more: Partial<NewProof> = {}): NewProof {
  return {
    y,
    mintUrl: MINT,
    amount: 2n,
    id: '00aa',
    secret: `secret of ${y}`,
    C: `02${'22'.repeat(32)}`,
    dleq: { e: 'e', s: 's', r: 'r' },
    role: 'purse',
    madeBy: null,
    ...more,
  };
}

const done = (more: Partial<OperationEnd> = {}): OperationEnd => ({
  state: 'done',
  made: [],
  spentYs: [],
  ...more,
});
const failed = (more: Partial<OperationEnd> = {}): OperationEnd => ({ ...done(more), state: 'failed' });

/** What every driver of the books of an ecash wallet does. */
export function ecashStoreContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`the books of an ecash wallet: ${name}`, () => {
    let under: StoreUnderTest;
    let store: EcashStore;
    beforeEach(async () => {
      under = await open();
      store = under.store;
    });
    afterEach(() => under.remove());

    const own = (...ownYs: string[]) => ({ ownYs, received: [] });
    const states = async () =>
      Object.fromEntries((await store.proofs({})).map(({ y, state, heldBy }) => [y, [state, heldBy]]));

    test('counters are never given twice', async () => {
      const firsts = await Promise.all([3, 1, 5].map((count) => store.takeCounters('00aa', count)));
      expect(firsts).toEqual([0, 3, 4]);
      expect(await store.takeCounters('00bb', 1)).toBe(0);
      await store.raiseCounter('00aa', 5);
      expect(await store.takeCounters('00aa', 1)).toBe(9);
      await store.raiseCounter('00aa', 100);
      expect(await store.takeCounters('00aa', 2)).toBe(100);
      await store.raiseCounter('00cc', 7);
      expect(await store.takeCounters('00cc', 0)).toBe(7);
    });

    test('an operation takes its inputs, and only one does', async () => {
      await store.addRestored([piece('a'), piece('b')]);
      expect(await store.begin(operation('send:1'), own('a'))).toBe('begun');
      expect(await store.begin(operation('send:2'), own('b', 'a'))).toBe('inputs-taken');
      expect(await store.begin(operation('send:3'), own('unknown'))).toBe('inputs-taken');
      expect(await store.begin(operation('send:1'), own('b'))).toBe('known');
      expect(await states()).toEqual({ a: ['held', 'send:1'], b: ['free', null] });
      expect(await store.operation('send:2')).toBeNull();
      expect(await store.operation('send:1')).toEqual(operation('send:1'));
      expect(await store.openOperations()).toEqual([operation('send:1')]);
    });

    test('what is done is spent for good and made once', async () => {
      await store.addRestored([piece('a')]);
      await store.begin(operation('send:1'), own('a'));
      const made = [
        piece('c', { role: 'sent', madeBy: 'send:1' }),
        piece('d', { madeBy: 'send:1', dleq: null }),
      ];
      const end = done({ made, spentYs: ['a'], preimage: 'p', feeSat: 1n });
      expect(await store.end('send:1', end)).toBe(true);
      expect(await store.end('send:1', done())).toBe(false);
      expect(await store.end('send:1', failed())).toBe(false);
      expect(await store.end('nobody', done())).toBe(false);
      expect(await states()).toEqual({ a: ['spent', 'send:1'], c: ['free', null], d: ['free', null] });
      expect(await store.operation('send:1')).toEqual(
        operation('send:1', { state: 'done', preimage: 'p', feeSat: 1n }),
      );
      expect(await store.begin(operation('send:1'), own())).toBe('known');
      expect(await store.begin(operation('send:9'), own('a'))).toBe('inputs-taken');
      expect(await store.openOperations()).toEqual([]);
    });

    test('what failed gives its inputs back, but for those that are gone, and may be tried again', async () => {
      await store.addRestored([piece('a'), piece('b'), piece('s', { role: 'sent' })]);
      await store.begin(operation('send:1'), own('a', 'b', 's'));
      const failure = { code: 'mint-refused', message: 'No.', data: { mintCode: 1 } };
      expect(await store.end('send:1', failed({ failure, spentYs: ['b'] }))).toBe(true);
      expect(await states()).toEqual({ a: ['free', null], b: ['spent', 'send:1'], s: ['free', null] });
      expect((await store.operation('send:1'))?.failure).toEqual(failure);
      expect(await store.begin(operation('send:1', { amountSat: 9n }), own('a'))).toBe('begun');
      expect(await store.operation('send:1')).toEqual(operation('send:1', { amountSat: 9n }));
    });

    test('ecash that came in is taken once, and forgotten when taking it failed', async () => {
      const received = [piece('r', { role: 'received' })];
      const redeem = (id: string) => store.begin(operation(id, { kind: 'redeem' }), { ownYs: [], received });
      expect(await redeem('redeem:1')).toBe('begun');
      expect(await redeem('redeem:2')).toBe('inputs-taken');
      await store.end('redeem:1', failed());
      expect(await states()).toEqual({});
      expect(await redeem('redeem:2')).toBe('begun');
      await store.end('redeem:2', done({ spentYs: ['r'] }));
      expect(await redeem('redeem:3')).toBe('inputs-taken');
    });

    test('lists by every field, in the order of storing', async () => {
      const other = { mintUrl: 'https://other.example' };
      await store.addRestored([
        piece('a'),
        piece('b', other),
        piece('c', { role: 'sent', madeBy: 'send:0' }),
      ]);
      await store.begin(operation('send:1'), own('a'));
      const listed = async (filter: Parameters<EcashStore['proofs']>[0]) =>
        (await store.proofs(filter)).map(({ y }) => y);
      expect(await listed({})).toEqual(['a', 'b', 'c']);
      expect(await listed(other)).toEqual(['b']);
      expect(await listed({ role: 'sent' })).toEqual(['c']);
      expect(await listed({ state: 'free' })).toEqual(['b', 'c']);
      expect(await listed({ madeBy: 'send:0' })).toEqual(['c']);
      expect(await listed({ heldBy: 'send:1', state: 'held' })).toEqual(['a']);
      expect(await listed({ role: 'purse', state: 'free', mintUrl: MINT })).toEqual([]);
    });

    test('restored pieces are added once, and never bring back what is spent', async () => {
      expect(await store.addRestored([piece('a'), piece('b')])).toBe(2);
      await store.begin(operation('send:1'), own('a'));
      await store.end('send:1', done({ spentYs: ['a'] }));
      expect(await store.addRestored([piece('a'), piece('c')])).toBe(1);
      expect((await states())['a']).toEqual(['spent', 'send:1']);
    });

    test('notes are kept by name', async () => {
      expect(await store.note('x')).toBeNull();
      await store.saveNote('x', 'one');
      await store.saveNote('x', 'two');
      expect(await store.note('x')).toBe('two');
    });

    test('no order of operations makes or loses ecash', async () => {
      const step = fc.record({
        begin: fc.boolean(),
        id: fc.integer({ min: 0, max: 3 }),
        inputs: fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }),
        succeeds: fc.boolean(),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
          const tried = await open();
          const ys = [0, 1, 2, 3, 4, 5].map((y) => `y${y}`);
          await tried.store.addRestored(ys.map((y) => piece(y)));
          let minted = 0;
          for (const { begin, id, inputs, succeeds } of steps) {
            const sendId = `send:${id}`;
            if (begin) await tried.store.begin(operation(sendId), own(...inputs.map((y) => `y${y}`)));
            else {
              const held = await tried.store.proofs({ heldBy: sendId, state: 'held' });
              const made = succeeds ? held.map(() => piece(`m${minted++}`)) : [];
              const spentYs = succeeds ? held.map(({ y }) => y) : [];
              await tried.store.end(sendId, succeeds ? done({ made, spentYs }) : failed());
            }
          }
          const stillOpen = await tried.store.openOperations();
          const unspent = (await tried.store.proofs({})).filter(({ state }) => state !== 'spent');
          expect(unspent).toHaveLength(ys.length);
          for (const { state, heldBy } of unspent)
            expect(state === 'held').toBe(stillOpen.some(({ id }) => id === heldBy));
          await tried.remove();
        }),
        { numRuns: fc.readConfigureGlobal().numRuns ?? 30 },
      );
    });

    test('everything is there again after a restart', async () => {
      if (under.reopen === undefined) return;
      await store.addRestored([piece('a'), piece('b')]);
      await store.takeCounters('00aa', 4);
      await store.begin(
        operation('melt:1', { kind: 'melt', quote: 'q', bolt11: 'ln', feeLimitMsat: 5n }),
        own('a'),
      );
      await store.saveNote('x', 'kept');
      const before = [await store.proofs({}), await store.openOperations()];
      store = await under.reopen();
      expect([await store.proofs({}), await store.openOperations()]).toEqual(before);
      expect(await store.takeCounters('00aa', 1)).toBe(4);
      expect(await store.note('x')).toBe('kept');
    });
  });
}
