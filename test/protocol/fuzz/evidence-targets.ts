import {
  buildOperatorStatement,
  orThrow,
  parseJobFeedback,
  parseJobResult,
  parseReview,
  verifyOperatorLink,
  verifyReview,
  verifyReviewPayment,
} from '../../../src/protocol/index.ts';
import { authored, CUSTOMER, PROVIDER } from '../events.ts';
import { delivers, job, quotes, START } from '../job-events.ts';
import { INVOICE, JOB_EVENTS, PREIMAGE } from './corpus.ts';
import { mutated, mutateEvent } from './mutate.ts';
import type { Target } from './targets.ts';

const USUAL = 100;
const SLOW = 10;

const reviewed = delivers(PROVIDER, 5);
const offered = quotes(PROVIDER, 1, 21, { bolt11: INVOICE });
const review = authored(CUSTOMER, {
  kind: 7,
  created_at: START,
  tags: [
    ['e', reviewed.id],
    ['p', PROVIDER],
    ['k', '6001'],
    ['rating', '0.5'],
    ['payment', INVOICE, PREIMAGE],
  ],
  content: 'fine',
});

function reviewTarget(
  name: string,
  weight: number,
  check: typeof verifyReviewPayment | typeof verifyReview,
): Target {
  return {
    name,
    weight,
    run(draws) {
      const read = parseReview(mutated(review, mutateEvent, draws));
      const offer = parseJobFeedback(draws.fraction() < 0.8 ? offered : mutateEvent(offered, draws));
      if (!read.ok || !offer.ok) return false;
      const rest = { request: job, reviewed: orThrow(parseJobResult(reviewed)), offers: [offer.value] };
      return check(read.value, rest).ok;
    },
  };
}

const statement = authored(
  CUSTOMER,
  buildOperatorStatement({ workerPubkey: PROVIDER, stands: true, createdAt: START }),
);

const operatorTarget: Target = {
  name: 'verifyOperatorLink',
  weight: USUAL,
  run(draws) {
    const words = [
      statement,
      mutated(statement, mutateEvent, draws),
      mutateEvent(draws.of(JOB_EVENTS), draws),
    ];
    return verifyOperatorLink({ pubkey: PROVIDER, operatorPubkey: CUSTOMER }, words, START);
  },
};

/** Checks of what one event says about another: reviews, and who runs a provider. */
export const EVIDENCE_TARGETS: readonly Target[] = [
  operatorTarget,
  reviewTarget('verifyReview', USUAL, verifyReview),
  reviewTarget('verifyReviewPayment', SLOW, verifyReviewPayment),
];
