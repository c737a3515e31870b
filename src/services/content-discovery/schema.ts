import type { Migration } from '../../store/index.ts';

/** How the words of texts are told apart; accents do not count. */
const TOKENIZER = `tokenize = "unicode61 remove_diacritics 2"`;

/**
 * What is remembered of the relays. A person is the first eight bytes of a public key as a signed number, which makes
 * lists of whom people follow small; keys are verified before they get in, so nobody can choose them freely.
 */
export const INDEX_MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE people (
        person INTEGER PRIMARY KEY,
        pubkey BLOB NOT NULL,
        known_since INTEGER NOT NULL, -- by our clock: dates in events are claims
        active_at INTEGER NOT NULL,
        looked_at INTEGER NOT NULL DEFAULT 0,
        profile_at INTEGER NOT NULL DEFAULT 0,
        follows_at INTEGER NOT NULL DEFAULT 0,
        follows BLOB, -- eight bytes for each
        trust REAL NOT NULL DEFAULT 0
      ) STRICT;
      CREATE INDEX people_by_activity ON people (active_at);
      CREATE VIRTUAL TABLE profiles USING fts5 (name, address, about, ${TOKENIZER});

      CREATE TABLE notes (
        id INTEGER PRIMARY KEY,
        event BLOB NOT NULL UNIQUE,
        author INTEGER NOT NULL,
        at INTEGER NOT NULL,
        is_reply INTEGER NOT NULL,
        relay TEXT NOT NULL
      ) STRICT;
      CREATE INDEX notes_by_age ON notes (at);
      CREATE INDEX notes_by_author ON notes (author, at);
      CREATE VIRTUAL TABLE note_texts USING fts5 (content, ${TOKENIZER});

      CREATE TABLE votes (
        target BLOB NOT NULL,
        voter INTEGER NOT NULL,
        weight REAL NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (target, voter)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX votes_by_voter ON votes (voter, at);
      CREATE INDEX votes_by_age ON votes (at);

      CREATE TABLE crawls (
        relay TEXT PRIMARY KEY,
        covered_until INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
    `,
  },
];
