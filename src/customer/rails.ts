import { isPaidInEcash } from '../protocol/index.ts';
import { drawBalance } from './balance/draw.ts';
import { followEcash } from './pay-ecash.ts';
import type { CustomerContext, Run } from './run.ts';
import type { Next } from './stepper.ts';

/** A stage of a purchase. */
type Stage = (context: CustomerContext, run: Run) => Promise<Next> | Next;

/** The stage of a purchase that is paid over Lightning, or the one where it is paid in ecash or from a balance. */
export function byRail(lightning: Stage): Stage {
  return (context, run) => {
    const exchange = run.purchase.offer?.exchange;
    if (exchange === 'balance') return drawBalance(context, run);
    return exchange !== undefined && isPaidInEcash(exchange)
      ? followEcash(context, run)
      : lightning(context, run);
  };
}
