import { failure, success } from '../protocol/index.ts';
import type { EcashOutcome } from './context.ts';
import { skipUsedCounters } from './restore.ts';
import { endFailed, inputStandings, type Settlement } from './settle.ts';

/**
 * Ends an operation whose outputs the mint has signed for another one, and moves the counters on: the books are older
 * than the last use of their seed, as after a restored backup. Begun again, the operation has fresh outputs. `null`
 * where the outputs are fresh or inputs are gone: then it may have signed them for this one. What has no inputs must not
 * be paid yet.
 */
export async function endStale(
  settlement: Settlement,
): Promise<Extract<EcashOutcome<never>, { ok: false }> | null> {
  const { context, mint, operation, keysets, signal } = settlement;
  if (operation.outputs.length === 0) return null;
  const signed = await mint.client.restore(operation.outputs, signal);
  if (!signed.ok) return signed;
  if (signed.value.every((signature) => signature === null)) return null;
  const standings = operation.kind === 'mint' ? success([]) : await inputStandings(settlement);
  if (!standings.ok) return standings;
  if (standings.value.some(({ state }) => state !== 'UNSPENT')) return null;
  for (const keysetId of keysets.keys()) {
    const skipped = await skipUsedCounters(context, mint, keysetId, signal);
    if (!skipped.ok) return skipped;
  }
  const stale = failure(
    'stale-counters',
    'The books are older than the last use of their seed: call again, and `restore` what was made since.',
  );
  return endFailed(settlement, stale.failure);
}
