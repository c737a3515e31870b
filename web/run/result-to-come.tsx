import { useState } from 'react';
import { Fault, useCall, Wait } from '../app/index.ts';
import type { RunState } from '../engine/contract.ts';
import { useRunText } from './strings.en.ts';

/** A result that is delivered and not shown yet: it is being opened, or cannot be, and is looked for once more. */
export function ResultToCome({ run }: { readonly run: RunState }) {
  const text = useRunText();
  const [since] = useState(() => Date.now());
  const asking = useCall('market.resend');
  const { requestId, result } = run.purchase;
  if (result === null) return null;
  if (asking.askedAt !== null)
    return <Wait title={text('resend-busy')} since={asking.askedAt} usualSeconds={5} />;
  if (run.resultTrouble === null)
    return <Wait title={text('result-opening')} since={since} usualSeconds={2} />;
  return (
    <Fault failure={asking.failure ?? run.resultTrouble} onRetry={() => void asking.ask({ requestId })} />
  );
}
