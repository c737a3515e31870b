import type { DatabaseSync } from 'node:sqlite';
import { hexToBytes } from '@noble/hashes/utils.js';
import { isHex32, tagValues, type NostrEvent } from '../../protocol/index.ts';
import { packPeople, personOf } from './person.ts';
import { isReply, readFollows, readProfile, readVote, type Vote } from './read-event.ts';

/** A verified event, where it was seen, and the vote of a zap whose sender's signature holds. */
export interface SeenEvent {
  readonly event: NostrEvent;
  readonly relay: string;
  readonly zap?: Vote;
}

const MAX_NOTE_CHARS = 5000;
/** Of one deletion event. */
const MAX_DELETED = 100;
/** A date further ahead than this is a lie, and would never decay. */
const MAX_AHEAD_SECONDS = 900;

/**
 * Takes verified events into the index, each as far as it is news; run it inside of a write. With `onlyTrusted` notes and
 * votes of people whom nobody trusts are left out.
 */
export function absorb(
  db: DatabaseSync,
  seen: readonly SeenEvent[],
  { now, onlyTrusted = false }: { readonly now: number; readonly onlyTrusted?: boolean },
): void {
  const write = statements(db);
  const isWelcome = (pubkey: string) =>
    !onlyTrusted || Number(write.trust.get(personOf(pubkey))?.['trust'] ?? 0) > 0;
  for (const { event, relay, zap } of seen) {
    if (event.created_at > now + MAX_AHEAD_SECONDS) continue;
    if (zap !== undefined && isWelcome(zap.voter)) absorbVote(write, zap, now);
    if (event.kind === 0) absorbProfile(write, event, now);
    else if (event.kind === 3) absorbFollows(write, event, now);
    else if (event.kind === 5) absorbDeletion(write, event);
    else if (isWelcome(event.pubkey)) {
      if (event.kind === 1) absorbNote(write, event, relay, now);
      const vote = readVote(event);
      if (vote !== null) absorbVote(write, vote, now);
    }
  }
}

type Statements = ReturnType<typeof statements>;

function statements(db: DatabaseSync) {
  return {
    trust: db.prepare('SELECT trust FROM people WHERE person = ?'),
    person: db.prepare(`
      INSERT INTO people (person, pubkey, known_since, active_at) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET active_at = max(active_at, excluded.active_at)`),
    note: db.prepare(`
      INSERT INTO notes (event, author, at, is_reply, relay) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO NOTHING RETURNING id`),
    noteText: db.prepare('INSERT INTO note_texts (rowid, content) VALUES (?, ?)'),
    deleteNote: db.prepare('DELETE FROM notes WHERE event = ? AND author = ? RETURNING id'),
    deleteText: db.prepare('DELETE FROM note_texts WHERE rowid = ?'),
    vote: db.prepare(`
      INSERT INTO votes (target, voter, weight, at) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET weight = max(weight, excluded.weight)`),
    profileIsNews: db.prepare('UPDATE people SET profile_at = ? WHERE person = ? AND profile_at < ?'),
    dropProfile: db.prepare('DELETE FROM profiles WHERE rowid = ?'),
    profile: db.prepare('INSERT INTO profiles (rowid, name, address, about) VALUES (?, ?, ?, ?)'),
    follows: db.prepare('UPDATE people SET follows = ?, follows_at = ? WHERE person = ? AND follows_at < ?'),
  };
}

/** `activeAt` of 0 says that the event shows no activity: profiles and follow lists are kept for years. */
function knowPerson(write: Statements, pubkey: string, now: number, activeAt: number): bigint {
  const person = personOf(pubkey);
  write.person.run(person, hexToBytes(pubkey), now, activeAt);
  return person;
}

function absorbNote(write: Statements, event: NostrEvent, relay: string, now: number): void {
  const author = knowPerson(write, event.pubkey, now, event.created_at);
  const row = write.note.get(hexToBytes(event.id), author, event.created_at, isReply(event) ? 1 : 0, relay);
  if (row !== undefined) write.noteText.run(Number(row['id']), event.content.slice(0, MAX_NOTE_CHARS));
}

function absorbVote(write: Statements, { target, voter, weight, at }: Vote, now: number): void {
  write.vote.run(hexToBytes(target), knowPerson(write, voter, now, at), weight, at);
}

/** Deletions (NIP-09) count for notes of their author only. */
function absorbDeletion(write: Statements, event: NostrEvent): void {
  for (const id of tagValues(event, 'e').filter(isHex32).slice(0, MAX_DELETED)) {
    const row = write.deleteNote.get(hexToBytes(id), personOf(event.pubkey));
    if (row !== undefined) write.deleteText.run(Number(row['id']));
  }
}

function absorbProfile(write: Statements, event: NostrEvent, now: number): void {
  const person = knowPerson(write, event.pubkey, now, 0);
  if (write.profileIsNews.run(event.created_at, person, event.created_at).changes === 0) return;
  const { name, address, about } = readProfile(event);
  write.dropProfile.run(person);
  write.profile.run(person, name, address, about);
}

function absorbFollows(write: Statements, event: NostrEvent, now: number): void {
  const person = knowPerson(write, event.pubkey, now, 0);
  write.follows.run(packPeople(readFollows(event)), event.created_at, person, event.created_at);
}
