import { testsIn } from '../conformance/cited-test.ts';
import type { Attack } from './attack.ts';

const bought = testsIn('test/attacks/bought-work.test.ts');
const sold = testsIn('test/attacks/sold-work.test.ts');
const bank = testsIn('src/regtest/bank.test.ts');
const followUps = testsIn('test/exchange/follow-ups.test.ts');
const books = testsIn('test/account/reconcile.test.ts');
const buying = testsIn('test/customer/buying.test.ts');
const claims = testsIn('test/refunds/claims.test.ts');
const customer = testsIn('test/customer/attacks.test.ts');
const holes = testsIn('test/attacks/holes.test.ts');
const htlc = testsIn('test/exchange/ecash-htlc.test.ts');
const rescue = testsIn('test/provider/rescue.test.ts');
const modes = testsIn('test/customer/attacks-on-modes.test.ts');
const provider = testsIn('test/provider/exchange-modes.test.ts');
const sharedSteps = testsIn('test/exchange/shared-steps.test.ts');
const selling = testsIn('test/provider/selling.test.ts');
const walletFaults = testsIn('test/customer/wallet-faults.test.ts');

/** One side has what it wanted and does not do its part. */
export const BROKEN_PROMISES: Readonly<Record<string, Attack>> = {
  'hold-never-settled': {
    says: 'A provider locks the money and does nothing, so that it is gone for hours.',
    tests: [
      customer('that neither works nor lets go loses the hold to its time limit'),
      buying('hands the content over as pending when the provider does not take its money'),
    ],
  },
  'hold-settled-without-delivery': {
    says: 'A provider takes the held money and delivers nothing.',
    byNature: 'Whoever knows the preimage can take the money. Offer and preimage are the evidence.',
    tests: [
      bought('%s: its signed offer and the preimage stay', 'hold'),
      buying('paid and not delivered in time; a late result is still taken'),
    ],
  },
  'hold-settled-late': {
    says: 'A provider takes the held money long after the deadline.',
    byNature: 'The lock lasts as long as its blocks; the result may still come, and the evidence is kept.',
    tests: [
      bought('a hold that is taken only after the deadline, without a result, is undelivered and proved'),
    ],
  },
  'hold-cancelled-after-work': {
    says: 'A customer cancels when it has the result, or its lock runs out while the work goes on.',
    tests: [
      sold('when it has the result pays all the same'),
      holes('a customer that cancels a hold after the work was streamed has not read all of it'),
      selling('a hold that runs out while the work goes on is not delivered for nothing'),
      books('books that a hold was lost'),
    ],
  },
  'hold-outlives-call': {
    says: 'The wallet call ends while the money stays locked, and a careless payer pays again.',
    tests: [
      walletFaults('a call that times out although the payment is on its way is followed, not repeated'),
      walletFaults('a call that never answers is followed by looking'),
      walletFaults(
        'a wallet that falls silent makes the purchase unreconciled, and reconciles it when it is back',
      ),
    ],
  },
  'hold-longer-than-horizon': {
    says: 'The work takes longer than money can be held.',
    tests: [
      testsIn('src/provider/admission.test.ts')(
        'is payment first where a hold would take too long, or the wallet cannot hold',
      ),
      bank('gives back what nobody settled in time, and keeps its channels'),
    ],
  },
  'only-silent-relay': {
    says: 'A customer names only a relay of its own, so that no proof of the delivery stands anywhere.',
    tests: [
      sold('pays for what stands on a relay of its provider'),
      sold('gets nothing while no relay of its provider has the result, and keeps its money'),
    ],
  },

  'milestone-overpriced': {
    says: 'A provider asks for more than it agreed to when the customer depends on it, or changes the plan later.',
    tests: [followUps('is not paid, and its later plans change nothing')],
  },
  'milestones-never-delivered': {
    says: 'A provider is paid for the first step and never does the next one that it promised.',
    byNature: 'A plan is a promise; no more than the step that is being paid is ever at risk.',
    tests: [followUps('is not paid, and its later plans change nothing')],
  },
  'revisions-of-somebody-else': {
    says: 'A stranger claims the free revisions that another customer was promised.',
    tests: [
      followUps('because somebody else bought it'),
      followUps('by an offer that was not the one that was taken'),
    ],
  },
  'revisions-without-end': {
    says: 'A customer claims more free work than it was promised, or the same step several times.',
    tests: [
      followUps('by steps that the plan does not have, or not yet'),
      followUps('is asked for the agreed price, once, however often it asks at a time'),
      followUps('by breaking a revision off when it was begun, and asking for it again'),
      followUps('by breaking a milestone off that costs nothing, and asking for it again'),
      sharedSteps('a revision that two machines of one provider are asked for at once is made once'),
    ],
  },

  'vanish-prepay': {
    says: 'A provider takes an advance and is never heard of again.',
    byNature: 'The customer trusted it; the evidence is for its reputation.',
    tests: [
      bought('%s: its signed offer and the preimage stay', 'prepay'),
      modes('that is paid first and vanishes leaves its offer and the preimage as the proof'),
    ],
  },
  'vanish-sample': {
    says: 'A provider shows a sample, takes the money and keeps the rest.',
    byNature: 'The customer trusted it with all but the sample.',
    tests: [bought('%s: its signed offer and the preimage stay', 'sample')],
  },
  'vanish-zap': {
    says: 'A provider is zapped and is never heard of again.',
    byNature: 'A zap is an advance.',
    tests: [bought('zap: its signed offer and the preimage stay')],
  },
  'vanish-ecash-htlc': {
    says: 'A provider swaps locked ecash and delivers nothing, or vanishes with it locked.',
    byNature:
      'Whoever knows the preimage can take the money until it went back. The preimage is the evidence.',
    tests: [
      htlc('that is redeemed without delivery leaves the customer the proof'),
      htlc('of a job that fails is taken back by itself, and counts as not spent'),
    ],
  },
  'vanish-nutzap': {
    says: 'A provider redeems a nutzap and is never heard of again.',
    byNature: 'A nutzap is an advance.',
    tests: [
      testsIn('test/attacks/bought-with-ecash.test.ts')(
        'a provider that redeems a nutzap and vanishes leaves its signed offer',
      ),
    ],
  },
  'vanish-promise': {
    says: 'A provider promises work by postpay, sample or reveal and does not do it, while others would.',
    tests: [
      modes('of %s without ever an invoice ends at the deadline, unpaid'),
      testsIn('test/customer/modes.test.ts')('a promise that is not kept in its time gives way to the next'),
    ],
  },
  'vanish-with-refund': {
    says: 'A provider owes a refund and was down, or is slow, when it was claimed.',
    tests: [
      testsIn('test/refunds/end-to-end.test.ts')(
        'and was down while it was claimed finds the claim when it comes back',
      ),
      claims('is paid once when its call timed out and the payment succeeds later'),
    ],
  },
  'reveal-worthless': {
    says: 'A provider sells a lock that its key does not open.',
    byNature:
      'What is inside can only be seen after paying. Result, offer and preimage prove a lock that does not open.',
    tests: [
      modes('that does not open after paying ends the purchase, and the proof of it is kept'),
      modes('%s is not paid', 'that no key could open'),
    ],
  },
  'postpay-unpaid': {
    says: 'A customer reads the result and does not pay.',
    byNature: 'The provider trusted it, up to the limit of its trust policy.',
    tests: [
      provider('who does not pay is not trusted again'),
      holes('a customer that cancels trusted work midway is remembered as one that did not pay'),
      provider('requests at once are not all weighed against the same trust'),
    ],
  },
  'own-relay-fails': {
    says: 'A relay of the provider takes results and says nothing, or goes while another refuses.',
    tests: [
      holes('a relay of ours that takes events and never says so does not hold up the others'),
      holes('an advance goes back when one relay refuses the result and the other is gone'),
    ],
  },
  'rescue-baited': {
    says: 'A customer and its accomplices fake failures, so that a provider that steps in works for nothing or drowns.',
    tests: [
      rescue('failures that are made up > by keys that were not asked change nothing'),
      rescue('failures that are made up > bring an offer that lapses unpaid, and no work'),
      rescue('is never worked on before it is paid, however much its customer is trusted'),
      rescue(
        'one offer to a customer at a time, and none to who is blocked: a flood of failures is no flood of offers',
      ),
    ],
  },
  'rescue-double-pay': {
    says: 'Somebody offers to step in for a provider that was paid, so that the customer pays a second time.',
    tests: [
      rescue('sees the offer, takes nothing by itself and pays nothing twice; a person may take it'),
      rescue('buys a second time from who steps in only by an order, whose cap holds for both'),
    ],
  },
  'provider-down': {
    says: 'A provider is down for long while it is paid, or right after its result is out.',
    tests: [
      holes('a zap that was paid while the provider was down for two hours is on its books'),
      holes('a result that a relay took right before a crash is paid, however long the provider was down'),
    ],
  },
};
