import { roomStrings, type Strings } from '../strings.ts';

/** What can go wrong with selling, by code. */
export const SELLING: Strings = {
  'already-answered': 'The request was answered, withdrawn or has expired.',
  'announcement-changed':
    'The relays have another announcement of that id than the one that was shown: look at it, and try again.',
  'announcement-unread':
    'Not every relay has shown what this key announces, which may be newer there: try again later.',
  'announcement-refused': 'No relay took what is announced: check your relays.',
  'being-delivered': 'Its result is on its way; try again when the job is closed.',
  'being-refunded': 'The refund is being paid; another invoice is taken only if it fails.',
  'being-settled': 'Its money is being taken; try again when the job is closed.',
  complaint: 'A customer complains about a job.',
  'condition-unchecked': 'A condition of yours could not be checked, so a request was not answered.',
  disputed: 'The customer complained about it.',
  'draft-changed':
    'The draft was changed in another tab, or is being delivered: look at what stands there first.',
  'duplicate-service': 'Two of your services have the same id.',
  'expires-too-late': 'An invoice for a refund must expire within a week.',
  flooded: 'More requests or messages arrive than can be looked at; some are left out.',
  'gave-up': 'You gave the job up.',
  'invalid-amount': 'Not that much of this job can go back.',
  'invalid-service': 'Something that you announce is not complete: look through it again.',
  'invalid-skills': 'What you announce is not complete: look through it again.',
  'invalid-terms': 'The offer is not complete: look at its price, times and steps.',
  'invoice-used': 'That invoice was made or paid here before: ask for a new one.',
  'kept-moving': 'The job kept changing meanwhile: try again.',
  'lease-lost': 'Something else works on this job now.',
  'listener-failed': 'Something in this page broke while it told of a job. Open it again.',
  'message-lost': 'A message of a customer could not be read or answered.',
  'money-gone': 'Its payment is not here any more: the customer has to buy it anew.',
  'moved-meanwhile': 'The job kept changing meanwhile: try again.',
  'never-accepted': 'The job was never accepted: its customer has to ask again.',
  'no-services': 'You announce nothing yet.',
  'no-such-sale': 'Nothing was asked here by that request.',
  'not-by-hand': 'This service answers requests by itself.',
  'not-failed': 'Only a job that failed or expired can be tried again.',
  'not-in-hand': 'The job is not paid for, or not yours to do any more.',
  'not-sellable':
    'The request cannot be answered like this: it does not take this way of paying, or lacks something.',
  'not-taken': 'Nobody answered the request in time.',
  'not-the-customer': 'Only the author of the request may claim its refund.',
  'nothing-due': 'No money is owed for that request.',
  'offer-lapsed': 'Nobody paid while the offer was valid.',
  'owed-already': 'Its money goes back already, by itself.',
  'passed-over': 'You passed it over.',
  'provider-broke': 'Something broke while the job was moved on. Open the page again.',
  'refund-forgotten': 'The wallet does not know the refund any more: see there whether it was paid.',
  'refund-under-way': 'Its refund is being paid.',
  'refund-without-receipt': 'The refund was paid, and the wallet shows no receipt.',
  'refunded-already': 'It was refunded.',
  'statement-unsigned':
    'Your own key did not sign what it says of your services: agree in your signer and save again, or leave your name out.',
  'statement-untaken':
    'No relay took what your own key says of the services: see that a relay answers, and save again.',
  'subscription-closed': 'A relay refuses to send requests: check your relays.',
  'workbench-closed': 'Announce a skill first: then requests can be heard and answered.',
};

/** Says them. */
export const useSellingFailures = roomStrings('failures-selling', SELLING, {
  de: () => import('./selling.strings.de.ts'),
});
