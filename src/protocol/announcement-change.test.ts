import { assert, anything, dictionary, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { changeAnnouncement } from './announcement-change.ts';
import { buildAnnouncement, parseAnnouncement, type AnnouncementDraft } from './announcement.ts';
import type { EventTemplate, NostrEvent } from './event.ts';
import { msat } from './msat.ts';
import { orThrow } from './outcome.ts';

const KEY = 'a'.repeat(64);
const PERSON = 'b'.repeat(64);

const signed = (template: EventTemplate): NostrEvent => ({
  ...template,
  id: KEY,
  pubkey: KEY,
  sig: 'c'.repeat(128),
});

const DRAFT: AnnouncementDraft = {
  identifier: 'fox',
  kinds: [5050],
  name: 'Red fox',
  about: 'Lines about foxes',
  amount: 'flexible',
  fromMsat: msat(21_999n),
  supportsEncryption: true,
  acceptsNutzaps: false,
  nip90Params: new Map([['tone', { required: true, values: ['dry'], description: null }]]),
  createdAt: 2,
};

const changed = (before: Partial<EventTemplate>) =>
  changeAnnouncement(signed({ kind: 31_990, created_at: 1, tags: [], content: '', ...before }), DRAFT);

const contentOf = ({ content }: EventTemplate): unknown => JSON.parse(content);

test('what a price begins at is read back in whole sats', () => {
  const { amount } = orThrow(parseAnnouncement(signed(buildAnnouncement(DRAFT))));
  expect(amount).toEqual({ pricing: 'flexible', msat: 21_000n, raw: 'flexible' });
});

test('fields, tags and parts of parameters of other software stay as they were', () => {
  const template = changed({
    tags: [
      ['d', 'fox'],
      ['k', '5001'],
      ['k', '31337'],
      ['p', PERSON, '', 'operator'],
      ['p', PERSON],
      ['t', 'animals'],
      ['web', 'https://fox.example/<bech32>', 'nevent'],
      ['picture', 'https://fox.example/old.png'],
    ],
    content: JSON.stringify({
      name: 'Old fox',
      username: 'fox',
      image: 'https://fox.example/old.png',
      action: 'mute',
      nip90Params: { tone: { required: false, values: ['wet'], description: 'Old', unit: 'db' }, gone: {} },
    }),
  });
  expect(template.tags).toEqual([
    ['d', 'fox'],
    ['k', '5050'],
    ['k', '31337'],
    ['p', PERSON],
    ['t', 'animals'],
    ['web', 'https://fox.example/<bech32>', 'nevent'],
  ]);
  expect(contentOf(template)).toEqual({
    ...(contentOf(buildAnnouncement(DRAFT)) as object),
    action: 'mute',
    nip90Params: { tone: { required: true, values: ['dry'], unit: 'db' } },
  });
});

test('an announcement without foreign parts is written as a new one is', () => {
  expect(changed(buildAnnouncement({ ...DRAFT, name: 'Old fox' }))).toEqual(buildAnnouncement(DRAFT));
});

test('Python’s words are read, and what is no JSON is left', () => {
  expect(contentOf(changed({ content: '{"nsfw": True}' }))).toMatchObject({ nsfw: true, name: 'Red fox' });
  expect(contentOf(changed({ content: '<script>' }))).toEqual(contentOf(buildAnnouncement(DRAFT)));
});

test('whatever the earlier one says, the draft is read from the new one', () => {
  assert(
    property(dictionary(string(), anything()), (fields) => {
      const content = JSON.stringify(fields, (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      );
      const hostile = content.replace('{', '{"__proto__":{"name":"x"},"nip90Params":{"__proto__":{}},');
      const read = orThrow(parseAnnouncement(signed(changed({ content: hostile }))));
      const wanted = orThrow(parseAnnouncement(signed(buildAnnouncement(DRAFT))));
      expect({ ...read, event: null }).toMatchObject({
        ...wanted,
        event: null,
        personalized: expect.any(Boolean) as boolean,
        subscription: expect.any(Boolean) as boolean,
      });
    }),
  );
});
