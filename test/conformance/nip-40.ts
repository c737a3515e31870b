import { testsIn } from './cited-test.ts';
import { nip, NIPS_COMMIT } from './requirement.ts';

const relay = testsIn('test/relay-server/nip-others.test.ts');
const store = testsIn('src/relay-server/event-store.test.ts');
const storage = testsIn('test/relay-server/storage.test.ts');
const fold = testsIn('test/protocol/job-fold.test.ts');
const admission = testsIn('src/provider/admission.test.ts');

/** Expiration: until when a job is wanted and a heartbeat means something. */
export const NIP_40 = nip({
  number: '40',
  commit: NIPS_COMMIT,
  keywords: { MUST: 0, SHOULD: 7, MAY: 2 },
  requirements: {
    'means-expired': {
      level: 'SHOULD',
      at: 'Introduction, 1st half of the sentence',
      says: 'From that time on relays and clients take the event for expired.',
      tests: [
        relay(
          'NIP-40 an expired event is refused, one that expires later is served until then and never after',
        ),
        fold('a request expires by the asked time, and answers after its end are set aside'),
      ],
    },
    'relay-deletes': {
      level: 'SHOULD',
      at: 'Introduction, 2nd half of the sentence',
      says: 'Relays delete what has expired.',
      tests: [store('NIP-40 purging deletes what has expired, a batch at a time, and nothing else')],
    },
    'client-asks-support': {
      level: 'SHOULD',
      at: 'Client Behavior, 1st sentence',
      says: 'A client learns from supported_nips whether a relay knows expiration.',
      exempt:
        'Readers of job events check the time themselves, so nothing depends on whether a relay does; the question would cost a round trip to every relay.',
    },
    'client-avoids-others': {
      level: 'SHOULD',
      at: 'Client Behavior, 2nd sentence',
      says: 'A client keeps events with an expiration from relays that do not know it.',
      exempt:
        'The expiration of a request tells providers until when it is worth answering. On a relay that keeps it longer it still says so, and withholding it would hide the job from the providers there.',
    },
    'client-ignores': {
      level: 'SHOULD',
      at: 'Client Behavior, last sentence',
      says: 'A client ignores what has expired: a provider does no expired job, a customer takes no late answer.',
      tests: [
        admission('clocks: expired, stale and future requests are refused'),
        fold('a request expires by the asked time, and answers after its end are set aside'),
      ],
    },
    'relay-not-at-once': {
      level: 'MAY',
      at: 'Relay Behavior, 1st sentence, 1st half',
      says: 'A relay can take its time with deleting.',
      tests: [store('NIP-40 purging deletes what has expired, a batch at a time, and nothing else')],
    },
    'relay-keeps': {
      level: 'MAY',
      at: 'Relay Behavior, 1st sentence, 2nd half',
      says: 'A relay can keep expired events for ever.',
      exempt: 'Ours deletes them within minutes, so that heartbeats and short-lived requests cost no disk.',
    },
    'relay-serves-none': {
      level: 'SHOULD',
      at: 'Relay Behavior, 2nd sentence',
      says: 'A relay sends no expired event to anybody, stored or not.',
      tests: [
        relay(
          'NIP-40 an expired event is refused, one that expires later is served until then and never after',
        ),
        storage('events and deletions are there after a restart, and no event that expired meanwhile'),
      ],
    },
    'relay-refuses': {
      level: 'SHOULD',
      at: 'Relay Behavior, 3rd sentence',
      says: 'A relay refuses events that have expired when they come.',
      tests: [
        relay(
          'NIP-40 an expired event is refused, one that expires later is served until then and never after',
        ),
      ],
    },
    ephemeral: {
      level: 'rule',
      at: 'Relay Behavior, last sentence',
      says: 'An expiration does not make a relay store an ephemeral event.',
    },
    'same-clock': {
      level: 'should',
      at: 'Spec, note after the example',
      says: 'The time is written in unix seconds like created_at; what is not is no expiration.',
      tests: [
        relay(
          'NIP-40 an expired event is refused, one that expires later is served until then and never after',
        ),
      ],
    },
  },
  others: [],
});
