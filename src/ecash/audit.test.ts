import { expect, test } from 'vitest';
import { orThrow, success } from '../protocol/index.ts';
import { auditMint } from './audit.ts';
import { memoryEcashStore } from './memory-store.ts';

const MINT = 'https://mint.example';
const NEVER = new AbortController().signal;

test('what these books spend while the mint is asked is not taken for a theft', async () => {
  const store = memoryEcashStore();
  const pieces = ['gone', 'ours', 'kept'].map((y) => ({
    y,
    mintUrl: MINT,
    role: 'purse' as const,
    madeBy: null,
    amount: 8n,
    id: '00',
    secret: y,
    C: y,
    dleq: null,
  }));
  await store.addRestored(pieces);
  const operation = {
    id: 'send: beside',
    kind: 'send',
    mintUrl: MINT,
    state: 'open',
    amountSat: 8n,
    outputs: [],
    quote: null,
    bolt11: null,
    feeLimitMsat: null,
    preimage: null,
    feeSat: null,
    routingFeeMsat: null,
    about: null,
    failure: null,
    createdAt: 0,
  } as const;
  const spendMeanwhile = async (ys: readonly string[]) => {
    expect(await store.begin(operation, { ownYs: ['ours'], received: [] })).toBe('begun');
    return success(
      ys.map((y) => ({ y, state: y === 'kept' ? ('UNSPENT' as const) : ('SPENT' as const), witness: null })),
    );
  };
  const mint = { client: { url: MINT, checkStates: spendMeanwhile } };
  expect(orThrow(await auditMint({ store }, mint, NEVER))).toEqual({
    unspentMsat: 8000n,
    pendingMsat: 0n,
    spentMsat: 8000n,
  });
});
