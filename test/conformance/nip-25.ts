import { testsIn } from './cited-test.ts';
import { nip, NIPS_COMMIT } from './requirement.ts';

const foreign = testsIn('test/protocol/foreign-events.test.ts');

/** Reactions, as which results are reviewed. */
export const NIP_25 = nip({
  number: '25',
  commit: NIPS_COMMIT,
  keywords: { MUST: 6, SHOULD: 6, MAY: 2 },
  requirements: {
    'says-something': {
      level: 'MUST',
      at: 'Introduction, 2nd sentence',
      says: 'A reaction carries a value: +, -, an emoji or words.',
    },
    like: {
      level: 'MUST',
      at: 'Introduction, 3rd sentence',
      says: '+ and the empty reaction are praise.',
      tests: [foreign('the reaction "%s" to a result is the rating %s')],
    },
    dislike: {
      level: 'MUST',
      at: 'Introduction, 4th sentence',
      says: '- is the opposite of praise.',
      tests: [foreign('the reaction "%s" to a result is the rating %s')],
    },
    'emoji-is-neither': {
      level: 'SHOULD',
      at: 'Introduction, 5th sentence',
      says: 'An emoji is neither praise nor its opposite.',
      tests: [foreign('the reaction "%s" to a result is the rating %s')],
    },
    'emoji-shown': {
      level: 'MAY',
      at: 'Introduction, last sentence',
      says: 'A client can show the emoji: it is the comment of the review.',
    },
    'e-tag': {
      level: 'MUST',
      at: 'Tags, 1st sentence',
      says: 'A reaction names its event in an e tag.',
    },
    'e-tag-last': {
      level: 'should',
      at: 'Tags, 3rd sentence',
      says: 'Of several e tags the last one names the event.',
      tests: [foreign('a reaction is to the last event and key that it tags')],
    },
    'e-relay-hint': {
      level: 'SHOULD',
      at: 'Tags, 2nd sentence',
      says: 'The e tag says on which relay the event is.',
    },
    'p-tag': {
      level: 'SHOULD',
      at: 'Tags, 2nd paragraph, 1st sentence',
      says: 'The author of the event is named in a p tag.',
    },
    'p-tag-last': {
      level: 'should',
      at: 'Tags, 2nd paragraph, 2nd sentence',
      says: 'Of several p tags the last one names the author.',
      tests: [foreign('a reaction is to the last event and key that it tags')],
    },
    'e-hints': {
      level: 'SHOULD',
      at: 'Tags, 4th paragraph, 1st sentence',
      says: 'The e tag names relay and author.',
    },
    'p-hint': {
      level: 'SHOULD',
      at: 'Tags, 4th paragraph, 2nd sentence',
      says: 'The p tag names a relay.',
      exempt:
        'The relay where a result was found says nothing about where its author reads, and the e tag beside it names that relay already.',
    },
    'k-tag': {
      level: 'MAY',
      at: 'Tags, last sentence',
      says: 'A k tag can name the kind of the event.',
    },
  },
  others: [
    {
      level: 'SHOULD',
      at: 'Tags, 3rd paragraph',
      why: 'Concerns reactions to addressable events; results and offers are none.',
    },
    {
      level: 'MUST',
      at: 'External Content Reactions, 1st sentence, 1st half',
      why: 'Concerns reactions to web pages and podcasts; reviews are about events.',
    },
    {
      level: 'MUST',
      at: 'External Content Reactions, 1st sentence, 2nd half',
      why: 'Concerns reactions to web pages and podcasts; reviews are about events.',
    },
  ],
});
