import { testsIn } from './cited-test.ts';
import { nip, NIPS_COMMIT } from './requirement.ts';

const fold = testsIn('test/protocol/job-fold.test.ts');
const payments = testsIn('test/protocol/job-fold-payments.test.ts');
const chains = testsIn('test/provider/chains.test.ts');
const roundTrips = testsIn('test/protocol/round-trips.test.ts');
const facts = testsIn('test/protocol/wire-facts.test.ts');
const sealing = testsIn('test/protocol/sealing.test.ts');
const encrypted = testsIn('test/protocol/encrypted-jobs.test.ts');
const admission = testsIn('src/provider/admission.test.ts');
const announce = testsIn('src/provider/announce.test.ts');
const selling = testsIn('test/provider/selling.test.ts');
const buying = testsIn('test/customer/buying.test.ts');
const outbox = testsIn('src/ledger/outbox-pump.test.ts');

/** Data vending machines: what coinop is about. */
export const NIP_90 = nip({
  number: '90',
  commit: NIPS_COMMIT,
  keywords: { MUST: 2, SHOULD: 2, MAY: 6 },
  requirements: {
    'result-kind': {
      level: 'rule',
      at: 'Kinds, sentence after the table',
      says: 'The kind of a result is that of its request plus 1000.',
      tests: [
        roundTrips('job results, which carry the seven fields of the request and its inputs'),
        fold('a result of another kind than the request asks for does not count'),
      ],
    },
    'all-tags-optional': {
      level: 'rule',
      at: 'Job request, sentence after the example',
      says: 'A request is read without any tag.',
      tests: [roundTrips('job requests')],
    },
    'input-types': {
      level: 'MUST',
      at: 'Job request, item on i, item on input-type',
      says: 'An input is written as url, event, job or text.',
    },
    'input-relay': {
      level: 'rule',
      at: 'Job request, item on i, item on relay',
      says: 'The relay of an input stands before its marker, and is an empty text where there is none.',
      tests: [roundTrips('job requests')],
    },
    'params-as-keys': {
      level: 'rule',
      at: 'Job request, item on param',
      says: 'A parameter is a name and its value.',
      tests: [roundTrips('job requests')],
    },
    'maximum-bid': {
      level: 'MAY',
      at: 'Job request, item on bid',
      says: 'A customer can say in millisats what it would pay at most.',
      tests: [
        roundTrips('job requests'),
        admission('a bid below the price is refused, an equal one admitted'),
      ],
    },
    'answers-where-asked': {
      level: 'SHOULD',
      at: 'Job request, item on relays',
      says: 'A provider publishes its answers on the relays that the request names.',
      tests: [outbox("tells the other side's relays only after one of ours has it")],
    },
    'others-may-answer': {
      level: 'rule',
      at: 'Job request, item on p',
      says: 'Providers that were not named can answer, and are told apart.',
      tests: [fold('providers that were not asked by name still count, and are told apart')],
    },
    'encrypted-request': {
      level: 'should',
      at: 'Encrypted Params, sentences before and after the JSON example',
      says: 'Private inputs and parameters travel as an encrypted JSON list of tags, beside a p tag and an encrypted tag.',
      tests: [
        encrypted('a request in the shape of the NIP reads as its customer wrote it'),
        sealing('a request shows its provider, its relays and its end'),
      ],
    },
    'nip04-params': {
      level: 'rule',
      at: 'Encrypted Params, last sentence of the 1st paragraph',
      says: 'Requests encrypted by NIP-04 are understood and answered.',
      tests: [encrypted('encrypted by an older client with NIP-04 is answered in NIP-04')],
    },
    'result-tags': {
      level: 'should',
      at: 'Job result, 2nd sentence and the example',
      says: 'A result names the request, its id, its inputs and its customer.',
      tests: [roundTrips('job results, which carry the seven fields of the request and its inputs')],
    },
    'encrypted-result': {
      level: 'should',
      at: 'Encrypted Output, 1st and 3rd sentence',
      says: 'An encrypted request gets an encrypted result, marked as such.',
      tests: [encrypted('%s is bought and sold')],
    },
    'no-clear-inputs': {
      level: 'rule',
      at: 'Encrypted Output, 2nd sentence',
      says: 'An encrypted result repeats no input in clear.',
      tests: [sealing('a result leaves out the inputs that stood outside')],
    },
    'status-indicated': {
      level: 'SHOULD',
      at: 'Job feedback, item on status',
      says: 'Feedback says by its status what it means.',
      tests: [roundTrips('job feedback'), selling('for free, without a wallet')],
    },
    'encrypted-feedback': {
      level: 'rule',
      at: 'Job feedback, note',
      says: 'Feedback to an encrypted request is encrypted for its customer.',
      tests: [
        encrypted('the failure of the work'),
        sealing('feedback shows its bare status, its job and its customer'),
      ],
    },
    'five-statuses': {
      level: 'rule',
      at: 'Job feedback status, the table',
      says: 'The five statuses are written as they stand, and other spellings read as what they mean.',
      tests: [roundTrips('job feedback'), facts('fact $fact: $says')],
    },
    'partial-content': {
      level: 'rule',
      at: 'Job feedback status, sentence after the table',
      says: 'Feedback can carry a part of the result.',
      tests: [selling('by a generator, whose progress and partial results reach the customer')],
    },
    'feedback-published': {
      level: 'MAY',
      at: 'Protocol Flow, 2nd item',
      says: 'A provider can tell how a job goes.',
      tests: [selling('by a generator, whose progress and partial results reach the customer')],
    },
    'both-ways-watched': {
      level: 'should',
      at: 'Protocol Flow, last sentence before the notes',
      says: 'A provider that shows an invoice also watches for zaps.',
      exempt:
        'A zap needs a lightning address, and coinop announces none: the invoice it shows is the only way to pay it, so no zap can be missed.',
    },
    'amount-suggests': {
      level: 'MAY',
      at: 'Protocol Flow, paragraph after the list, 1st sentence',
      says: 'Feedback and results can ask for an amount.',
      tests: [roundTrips('job feedback'), fold('the latest quote with something to pay is the offer')],
    },
    'payment-required': {
      level: 'MUST',
      at: 'Protocol Flow, paragraph after the list, 2nd sentence',
      says: 'A provider that waits for payment says payment-required, and does nothing more before it is paid.',
    },
    cancellation: {
      level: 'rule',
      at: 'Cancellation, only sentence',
      says: 'A kind 5 by its author withdraws a request.',
      tests: [
        fold('only the customer cancels; what comes later is set aside, what came before stays'),
        selling('while the work goes on stops it and gives the money back'),
      ],
    },
    chaining: {
      level: 'MAY',
      at: 'Appendix 1, 1st sentence',
      says: 'A customer can make the output of a job the input of the next.',
      tests: [
        buying('a chain builds each wish on the very result of the one before'),
        chains('is worked on at the end of as many jobs as may stand in a row'),
      ],
    },
    'chain-begins': {
      level: 'MAY',
      at: 'Appendix 1, 2nd paragraph, 1st sentence',
      says: 'A provider can begin as soon as the prior result is there.',
      tests: [encrypted('builds on an encrypted result of the same provider')],
    },
    'chain-waits': {
      level: 'rule',
      at: 'Appendix 1, 2nd paragraph, 2nd half of the 1st sentence',
      says: 'A provider can wait until the prior job was zapped, and believes only the wallet of whom was paid.',
      tests: [
        chains('starts when the wallet of the prior provider says that the customer paid'),
        chains('believes no receipt of another key, nor a zap of somebody else'),
      ],
    },
    'zap-pays': {
      level: 'rule',
      at: 'Protocol Flow, paragraph after the list, 3rd sentence',
      says: 'A zap of the event that asks for payment pays for the job, as far as it can be believed.',
      tests: [
        payments('a zap receipt for the %s is anybody’s claim until the caller has verified it'),
        payments('several results, in their order, by review or by payment'),
      ],
    },
    announced: {
      level: 'MAY',
      at: 'Appendix 2, 1st sentence',
      says: 'A provider can announce the kinds it serves.',
      tests: [announce('a service that names no parameters announces those of its kind')],
    },
  },
  others: [],
});
