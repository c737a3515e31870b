/** How far a run is, step by step, from what happened to it. */
import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { msat, ZERO_MSAT, type ExchangeMode } from '../../src/protocol/index.ts';
import type { RunHappening, RunState } from '../../web/engine/contract.ts';
import { stagesOf } from '../../web/run/stages.ts';
import { event, NOW, PROVIDER, runWith } from './scripted/parts.ts';

type PurchaseState = RunState['purchase']['state'];

function runOf(
  state: PurchaseState,
  exchange: ExchangeMode,
  happened: readonly (readonly [number, RunHappening['what']])[],
): RunState {
  const begun = runWith(null);
  const offer = {
    event: event(7000, ''),
    providerPubkey: PROVIDER,
    amountMsat: exchange === 'free' ? ZERO_MSAT : msat(10_000n),
    feeLimitMsat: ZERO_MSAT,
    exchange,
    bolt11: null,
    paymentHash: null,
  };
  const happenings = happened.map(([after, what]) => ({ at: NOW + after, what }));
  return { ...begun, happenings, purchase: { ...begun.purchase, state, offer, openedAt: NOW } };
}

const stateAt = (after: number, state: PurchaseState) => [after, { type: 'state', state }] as const;
const SENT = [1, { type: 'sent', relays: ['wss://relay.example'] }] as const;
const WORKING = { type: 'progress', providerPubkey: PROVIDER, note: '' } as const;

const shown = (run: RunState) => stagesOf(run).map(({ name, state }) => `${name} ${state}`);

test('free work is queued from when it is taken, and needs no payment', () => {
  const taken = [SENT, stateAt(5, 'offered')];
  expect(shown(runOf('offered', 'free', taken))).toEqual([
    'request done',
    'offers done',
    'payment skipped',
    'queue now',
    'work ahead',
    'delivery ahead',
  ]);
  const stages = stagesOf(runOf('offered', 'free', [...taken, [9, WORKING]]));
  expect(stages.find(({ name }) => name === 'queue')).toMatchObject({
    startedAt: NOW + 5,
    endedAt: NOW + 9,
  });
});

test('what is paid when the work is there shows the payment as ahead, and after the work', () => {
  const promised = [SENT, stateAt(5, 'offered'), [8, WORKING]] as const;
  expect(shown(runOf('offered', 'sample', promised))).toEqual([
    'request done',
    'offers done',
    'queue done',
    'work now',
    'payment ahead',
    'delivery ahead',
  ]);
  const paid = [...promised, stateAt(20, 'offered'), stateAt(21, 'approved'), stateAt(23, 'paid')];
  const stages = stagesOf(runOf('paid', 'sample', paid));
  expect(stages.map(({ name, startedAt }) => [name, startedAt && startedAt - NOW])).toEqual([
    ['request', 0],
    ['offers', 1],
    ['queue', 5],
    ['work', 8],
    ['payment', 21],
    ['delivery', null],
  ]);
});

test('what is paid first is queued from when it is paid', () => {
  const held = [SENT, stateAt(5, 'offered'), stateAt(5, 'approved'), stateAt(7, 'locked')];
  expect(shown(runOf('locked', 'hold', held))).toEqual([
    'request done',
    'offers done',
    'payment done',
    'queue now',
    'work ahead',
    'delivery ahead',
  ]);
});

test('steps that began follow each other, and one of them lasts while the run does', () => {
  const states = ['requested', 'offered', 'approved', 'paying', 'locked', 'paid'] as const;
  const what = constantFrom<RunHappening['what']>(
    ...states.map((state) => ({ type: 'state', state }) as const),
    SENT[1],
    WORKING,
  );
  assert(
    property(
      array(record({ after: integer({ min: 0, max: 60 }), what }), { maxLength: 12 }),
      constantFrom(...states),
      constantFrom<ExchangeMode>('free', 'hold', 'prepay', 'postpay', 'sample', 'reveal'),
      (happened, state, exchange) => {
        const stages = stagesOf(
          runOf(
            state,
            exchange,
            happened.map(({ after, what: told }) => [after, told] as const),
          ),
        );
        const begun = stages.filter(({ startedAt }) => startedAt !== null);
        begun.forEach(({ startedAt, endedAt }, index) => {
          expect(endedAt).toBe(begun[index + 1]?.startedAt ?? null);
          expect(startedAt).toBeGreaterThanOrEqual(begun[index - 1]?.startedAt ?? 0);
        });
        expect(stages.filter((stage) => stage.state === 'now')).toHaveLength(1);
        expect(new Set(stages.map(({ name }) => name)).size).toBe(6);
      },
    ),
  );
});
