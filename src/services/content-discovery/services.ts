import { success, type Outcome } from '../../protocol/index.ts';
import { JobFailure, service, type JobContext, type JobOutput, type Service } from '../../provider/index.ts';
import { shelfService, type ShelfContext } from '../shelf-service.ts';
import { FeedPages } from './feed-pages.ts';
import { chooseFeed } from './feed.ts';
import { lacksFullTextSearch } from './full-text-search.ts';
import { listNotes, listPeople } from './listing.ts';
import { networkOf } from './network.ts';
import { personOf } from './person.ts';
import { searchNotes, searchPeople } from './search.ts';
import { IndexSettings } from './settings.ts';
import { openSocialIndex, type SocialIndex } from './social-index.ts';
import { suggestPeople } from './suggest-people.ts';
import { wantedAuthors, wantedResults, wantedTime, wantedUser, wantedWords } from './wish.ts';

/** What is usual where a request does not say how many results it wants. */
const USUAL = { notes: 100, suggestions: 50, matches: 50, people: 20 } as const;

/** Kind 5300: a feed for whoever asks. */
export const shelfContentDiscovery = shelfService({
  name: 'content-discovery',
  kind: 5300,
  about: 'A feed: what people around the reader wrote and liked, and what trends among trusted people.',
  settings: IndexSettings,
  missing: async () => lacksFullTextSearch(),
  open: async (settings, context) =>
    sell(settings, context, (index) => {
      const pages = new FeedPages();
      return {
        ...terms(5300, 'content-discovery', 'Feed'),
        about: 'Chooses notes for you: from people around you, and what trends among trusted people.',
        handler: (job) => readFeed(job, index, pages),
      };
    }),
});

/** Kind 5301: whom to follow. */
export const shelfPeopleDiscovery = shelfService({
  name: 'people-discovery',
  kind: 5301,
  about: 'Whom to follow: those whom the people follow whom somebody follows.',
  settings: IndexSettings,
  missing: async () => lacksFullTextSearch(),
  open: async (settings, context) =>
    sell(settings, context, (index) => ({
      ...terms(5301, 'people-discovery', 'Whom to follow'),
      about: 'Suggests whom to follow: those whom many of the people follow whom you follow.',
      handler: (job) => readSuggestions(job, index),
    })),
});

/** Kind 5302: full text search of notes. */
export const shelfContentSearch = shelfService({
  name: 'content-search',
  kind: 5302,
  about: 'Full text search of recent notes, by anybody or by people who are named.',
  settings: IndexSettings,
  missing: async () => lacksFullTextSearch(),
  open: async (settings, context) =>
    sell(settings, context, (index) => ({
      ...terms(5302, 'content-search', 'Note search'),
      about: 'Searches the text of recent notes; trusted authors come first.',
      handler: async (job) => findNotes(job, index),
    })),
});

/** Kind 5303: search of profiles. */
export const shelfPeopleSearch = shelfService({
  name: 'people-search',
  kind: 5303,
  about: 'Search of people by name, address or description.',
  settings: IndexSettings,
  missing: async () => lacksFullTextSearch(),
  open: async (settings, context) =>
    sell(settings, context, (index) => ({
      ...terms(5303, 'people-search', 'People search'),
      about: 'Finds people by name, address or description; of namesakes the more trusted comes first.',
      handler: async (job) => findPeople(job, index),
    })),
});

/** Free unless the operator says otherwise, as all such services are today. */
function terms(kind: number, id: string, name: string) {
  return { kind, id, name, usualSeconds: 3, worstSeconds: 40 };
}

function sell(
  settings: IndexSettings,
  context: ShelfContext,
  offer: (index: SocialIndex) => Parameters<typeof service>[0],
): Outcome<Service> {
  const index = openSocialIndex(settings, context);
  return index.ok ? success(service(offer(index.value))) : index;
}

async function readFeed(job: JobContext, index: SocialIndex, pages: FeedPages): Promise<JobOutput> {
  const user = wantedUser(job);
  const follows = await index.followsOf(user, job.signal);
  const network = follows.length === 0 ? null : await networkOf(index.store, follows, job.signal);
  const before = pages.before(job.request.inputs.find(({ type }) => type === 'event')?.data);
  const wish = {
    maxResults: wantedResults(job, USUAL.notes),
    since: index.freshSince(),
    search: wantedWords(job, 'search_list'),
    must: wantedWords(job, 'must_list'),
    avoid: wantedWords(job, 'avoid_list'),
    listed: new Set(before),
  };
  const reader = { self: personOf(user), network, now: index.now() };
  const notes = await chooseFeed(index.store, wish, reader, index.trending(), job.signal);
  pages.answered(
    job.request.id,
    before,
    notes.map(({ id }) => id),
  );
  return listNotes(notes, job.outputs);
}

async function readSuggestions(job: JobContext, index: SocialIndex) {
  const user = wantedUser(job);
  const follows = await index.followsOf(user, job.signal);
  const days = Number(job.params.get('since_days')?.[0] || Number.NaN);
  const wish = {
    self: personOf(user),
    network: await networkOf(index.store, follows, job.signal),
    maxResults: wantedResults(job, USUAL.suggestions),
    activeSince: Number.isInteger(days) && days > 0 ? index.now() - days * 86_400 : 0,
    topics: wantedWords(job, 'topics'),
  };
  return listPeople(await suggestPeople(index.store, wish, job.signal), job.outputs);
}

function findNotes(job: JobContext, index: SocialIndex) {
  const search = {
    text: searchText(job),
    maxResults: wantedResults(job, USUAL.matches),
    since: wantedTime(job, 'since', index.now()) ?? 0,
    until: wantedTime(job, 'until', index.now()) ?? Number.MAX_SAFE_INTEGER,
    authors: wantedAuthors(job),
  };
  return listNotes(searchNotes(index.store, search), job.outputs);
}

function findPeople(job: JobContext, index: SocialIndex) {
  return listPeople(
    searchPeople(index.store, searchText(job), wantedResults(job, USUAL.people)),
    job.outputs,
  );
}

const MAX_SEARCH_CHARS = 1000;

function searchText({ text }: JobContext): string {
  const words = text.trim();
  if (words === '') throw new JobFailure('no-text', 'There are no words to search for in the input.');
  if (words.length > MAX_SEARCH_CHARS)
    throw new JobFailure('text-too-long', `Search for at most ${MAX_SEARCH_CHARS} characters.`);
  return words;
}
