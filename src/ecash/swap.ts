import { failure } from '../protocol/index.ts';
import type { EcashOutcome } from './context.ts';
import { unblind } from './outputs.ts';
import {
  endDone,
  endFailed,
  inputStandings,
  restoreOutputs,
  witnessedInputs,
  type Settlement,
} from './settle.ts';
import { endStale } from './stale-counters.ts';
import type { EcashOperation } from './store.ts';

/**
 * Brings a swap (NUT-03) to its end, whether it is new or was interrupted: the very same request is sent again, and
 * a mint that did it before refuses and restores what it signed, which counts only where the inputs are spent. While
 * nobody knows, it stays open.
 */
export async function finishSwap(settlement: Settlement): Promise<EcashOutcome<EcashOperation>> {
  const { context, mint, operation, keysets, signal } = settlement;
  const answer = await mint.client.swap(witnessedInputs(settlement), operation.outputs, signal);
  context.checkpoint('mint-answered');
  if (answer.ok) {
    const proofs = unblind(operation.outputs, answer.value, keysets);
    if (proofs.ok) return endDone(settlement, proofs.value);
  } else if (answer.failure.code === 'mint-unreachable') return answer;

  const standings = await inputStandings(settlement);
  if (!standings.ok) return standings;
  if (standings.value.some(({ state }) => state === 'PENDING'))
    return failure('mint-pending', 'The ecash is being spent elsewhere: ask again later.');
  const spentYs = standings.value.flatMap(({ y, state }) => (state === 'SPENT' ? [y] : []));
  if (spentYs.length === standings.value.length) {
    const restored = await restoreOutputs(settlement);
    if (!restored.ok) return restored;
    if (restored.value !== null) return endDone(settlement, restored.value);
  }
  if (spentYs.length > 0) {
    const spent = failure('already-spent', 'The ecash was spent before: it is worth nothing.').failure;
    return endFailed(settlement, spent, { spentYs });
  }
  const stale = await endStale(settlement);
  if (stale !== null) return stale;
  return endFailed(
    settlement,
    answer.ok
      ? failure('mint-invalid', 'The mint sent wrong signatures and then denied the swap.').failure
      : answer.failure,
  );
}
