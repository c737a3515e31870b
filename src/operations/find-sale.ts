import type { Sale } from '../ledger/index.ts';
import { failure, success, type Outcome } from '../protocol/index.ts';
import type { SaleOperator } from '../provider/index.ts';

/** A sale, and the provider of ours that sold it. */
export interface FoundSale {
  readonly sale: Sale;
  readonly operator: SaleOperator;
}

const SHOWN_MATCHES = 5;

/**
 * The sale whose request has this id, or the only one whose id begins so. Fails with `invalid-argument`, `job-unknown`,
 * or `job-ambiguous` with some of the candidates in `data.matches`.
 */
export async function findSale(
  operators: readonly SaleOperator[],
  text: string,
): Promise<Outcome<FoundSale, 'invalid-argument' | 'job-unknown' | 'job-ambiguous'>> {
  if (!/^[0-9a-f]{4,64}$/.test(text))
    return failure(
      'invalid-argument',
      'That is neither a job id (64 hex characters) nor the beginning of one (4 at least).',
    );
  const found: FoundSale[] = [];
  for (const operator of operators) {
    const { ledger, signer } = operator;
    const sales = await ledger.sales.startingWith(signer.pubkey, text, SHOWN_MATCHES + 1);
    found.push(...sales.map((sale) => ({ sale, operator })));
  }
  const [first] = found;
  if (first === undefined) return failure('job-unknown', 'Nothing was sold for a job whose id begins so.');
  if (found.length === 1) return success(first);
  const matches = found.slice(0, SHOWN_MATCHES).map(({ sale }) => sale.requestId);
  return failure('job-ambiguous', 'Several jobs begin with that; give more of the id.', { matches });
}
