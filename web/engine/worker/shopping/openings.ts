import type { Purchase } from '../../../../src/ledger/index.ts';
import { failure, type Outcome } from '../../../../src/protocol/index.ts';
import type { ResultView } from './result-view.ts';

/** Results that stay opened. */
const MAX_OPENINGS = 20;

/** A delivered result on its way to whoever reads it: its signer may be slow to open it, or its file to come. */
export interface Opening {
  readonly resultId: string;
  /** What came of it; `null` while it is being opened. */
  outcome: Outcome<ResultView> | null;
}

/** The results that pages look at, each opened once for all of them. */
export interface Openings {
  /** The opening of the result of that purchase, begun if it is not yet; `null` while there is no result. */
  of(purchase: Purchase): Opening | null;
  /** Tries once more what could not be opened: there is reason to believe that it can be now. */
  retry(purchase: Purchase): void;
}

/** Opens results by `view`, without letting anybody wait for it; `onOpened` is told of every end. */
export function keepOpenings(
  view: (purchase: Purchase) => Promise<Outcome<ResultView>>,
  onOpened: () => void,
): Openings {
  const openings = new Map<string, Opening>();
  const begin = (opening: Opening, purchase: Purchase): void => {
    opening.outcome = null;
    void view(purchase)
      .catch((): Outcome<ResultView> => CANNOT_OPEN)
      .then((outcome) => {
        opening.outcome = outcome;
        onOpened();
      });
  };
  return {
    of(purchase) {
      const resultId = purchase.result?.id;
      if (resultId === undefined) return null;
      const known = openings.get(resultId);
      if (known !== undefined) return known;
      const opening: Opening = { resultId, outcome: null };
      openings.set(resultId, opening);
      const [oldest] = openings.keys();
      if (openings.size > MAX_OPENINGS && oldest !== undefined) openings.delete(oldest);
      begin(opening, purchase);
      return opening;
    },
    retry(purchase) {
      const opening = openings.get(purchase.result?.id ?? '');
      if (opening?.outcome?.ok === false) begin(opening, purchase);
    },
  };
}

const CANNOT_OPEN = failure('unreadable', 'The result cannot be opened now.');
