import { DatabaseSync } from 'node:sqlite';
import { failure, type Failure } from '../../protocol/index.ts';

/** Why notes cannot be searched here: `tool-missing` where Node's SQLite was built without full text search; or `null`. */
export function lacksFullTextSearch(): Failure | null {
  const db = new DatabaseSync(':memory:');
  try {
    db.exec('CREATE VIRTUAL TABLE words USING fts5 (word)');
    return null;
  } catch {
    return failure(
      'tool-missing',
      'The SQLite of this Node has no full text search (FTS5): use a Node from nodejs.org.',
      { tool: 'fts5' },
    ).failure;
  } finally {
    db.close();
  }
}
