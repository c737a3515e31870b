import { failure, success, type Failure } from '../protocol/index.ts';
import {
  trustedMint,
  type EcashContext,
  type EcashFailureCode,
  type EcashOutcome,
  type TrustedMintAccess,
} from './context.ts';
import { finishMelt } from './melt-operation.ts';
import { finishMint } from './mint-operation.ts';
import { openSettlement, type Settlement } from './settle.ts';
import type { EcashOperation, OperationKind } from './store.ts';
import { finishSwap } from './swap.ts';

/** The mint's numbers for a keyset that is unknown or retired: it has rotated since we asked. */
const ROTATED = [12001, 12002];

/** Codes after which an operation may be open, as callers know. */
const LEAVE_OPEN: ReadonlySet<EcashFailureCode> = new Set([
  'mint-unreachable',
  'mint-pending',
  'mint-invalid',
]);

const FINISH = {
  mint: finishMint,
  melt: finishMelt,
  send: finishSwap,
  redeem: finishSwap,
  refund: finishSwap,
} as const satisfies Record<OperationKind, typeof finishSwap>;

/** Begins an operation unless it was begun before, and brings it to its end. */
export async function runOperation(
  context: EcashContext,
  told: {
    readonly mint: TrustedMintAccess;
    readonly id: string;
    readonly start: () => Promise<EcashOutcome<EcashOperation>>;
    readonly signal: AbortSignal;
  },
): Promise<EcashOutcome<EcashOperation>> {
  const { mint, id, start, signal } = told;
  for (let attempt = 0; ; attempt++) {
    signal.throwIfAborted();
    const known = await context.store.operation(id);
    // The mint took the ecash, and may have paid: trying again could pay twice.
    if (known?.failure?.code === 'unproven-payment')
      return failure('unproven-payment', known.failure.message);
    const isFirstTry = known === null || known.state === 'failed';
    const begun = isFirstTry ? await start() : success(known);
    const ended = begun.ok ? await finish(context, mint, begun.value, { isFirstTry, signal }) : begun;
    if (ended.ok || attempt > 0 || !isCuredByRetry(ended.failure)) return ended;
    mint.keyring.forgetList();
  }
}

/** The mint has rotated since we asked it, or the books were behind: both are put right by now. */
function isCuredByRetry({ code, data }: Failure<EcashFailureCode>): boolean {
  return code === 'stale-counters' || ROTATED.includes(Number(data?.['mintCode']));
}

/** Goes on with an operation that an earlier call left open; why it is still open, or `null` when it is not. */
export async function resumeOperation(
  context: EcashContext,
  id: string,
  signal: AbortSignal,
): Promise<Failure<EcashFailureCode> | null> {
  const operation = await context.store.operation(id);
  if (operation?.state !== 'open') return null;
  const mint = trustedMint(context, operation.mintUrl);
  const ended = mint.ok ? await finish(context, mint.value, operation, { isFirstTry: false, signal }) : mint;
  const after = await context.store.operation(id);
  return !ended.ok && after?.state === 'open' ? ended.failure : null;
}

/**
 * Brings an operation to its end where it is open; the end it had where it is not. Whatever fails while it stays open
 * is told as not known yet: callers take any other refusal for the end.
 */
async function finish(
  context: EcashContext,
  mint: TrustedMintAccess,
  operation: EcashOperation,
  how: Pick<Settlement, 'isFirstTry' | 'signal'>,
): Promise<EcashOutcome<EcashOperation>> {
  if (operation.state === 'done') return success(operation);
  const settlement = await openSettlement(context, mint, operation, how);
  const ended = settlement.ok ? await FINISH[operation.kind](settlement.value) : settlement;
  if (ended.ok || LEAVE_OPEN.has(ended.failure.code)) return ended;
  const after = await context.store.operation(operation.id);
  if (after?.state !== 'open') return ended;
  const { code, message, data } = ended.failure;
  return failure('mint-pending', `Not known yet: ${message}`, { ...data, reason: code });
}
