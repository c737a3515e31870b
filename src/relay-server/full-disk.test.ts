import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { orThrow, parseEvent } from '../protocol/index.ts';
import { openSqlite } from '../store/index.ts';
import type { RelaySocket } from './connection.ts';
import { createEventStore } from './event-store.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { createRelay } from './relay.ts';
import { RELAY_MIGRATIONS } from './schema.ts';

/** A socket that keeps what it is told. */
class Recorder implements RelaySocket {
  readonly heard: unknown[][] = [];
  send(text: string): void {
    const message: unknown = JSON.parse(text);
    if (Array.isArray(message)) this.heard.push(message);
  }
  bufferedBytes(): number {
    return 0;
  }
  close(): void {
    this.heard.push(['closed']);
  }
}

const event = (n: number) => ({
  id: n.toString(16).padStart(64, '0'),
  pubkey: 'a'.repeat(64),
  kind: 1,
  created_at: 1_000,
  tags: [['t', 'x']],
  content: 'x'.repeat(20_000),
  sig: '0'.repeat(128),
});

test('a full disk refuses events as error, keeps serving, and takes events again when there is room', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'relay-server-'));
  const sqlite = openSqlite({ path: join(dir, 'relay.sqlite'), migrations: RELAY_MIGRATIONS });
  const store = createEventStore(sqlite);
  const relay = createRelay({
    store,
    verify: () => Promise.resolve(true),
    limits: DEFAULT_LIMITS,
    privateKinds: [],
    isOwnUrl: () => true,
    now: () => 2_000,
  });
  const socket = new Recorder();
  relay.handleConnection(socket);
  const says = (...message: unknown[]) => relay.handleMessage(socket, JSON.stringify(message));
  const publishes = async (...ns: number[]) => {
    for (const n of ns) says('EVENT', event(n));
    const answers = () =>
      ns.map((n) => socket.heard.findLast(([verb, id]) => verb === 'OK' && id === event(n).id));
    await expect.poll(() => answers().every((answer) => answer !== undefined)).toBe(true);
    return answers().map((answer) => [answer?.[2], String(answer?.[3]).split(':')[0]]);
  };
  const storedIds = async () => {
    const id = crypto.randomUUID();
    says('REQ', id, { kinds: [1] });
    await expect.poll(() => socket.heard.some(([verb, of]) => verb === 'EOSE' && of === id)).toBe(true);
    says('CLOSE', id);
    return socket.heard.flatMap(([verb, of, sent]) =>
      verb === 'EVENT' && of === id ? [orThrow(parseEvent(sent)).id] : [],
    );
  };
  try {
    expect(await publishes(0)).toEqual([[true, '']]);
    // SQLite's own limit on the size of the file fails as a full disk does, with SQLITE_FULL.
    sqlite.db.exec('PRAGMA max_page_count = 40');
    says('REQ', 'live', { kinds: [1] });
    const answers = await publishes(1, 2, 3, 4, 5, 6, 7, 8);
    const accepted = answers.filter(([ok]) => ok === true).length;
    expect(answers.filter(([ok]) => ok === false)).toEqual(
      Array.from({ length: 8 - accepted }, () => [false, 'error']),
    );
    expect(accepted).toBeLessThan(8);
    const answered = [0, 1, 2, 3, 4, 5, 6, 7, 8].filter((n) => n === 0 || answers[n - 1]?.[0] === true);
    expect(await storedIds()).toEqual(answered.map((n) => event(n).id));
    const live = socket.heard.filter(([verb, of]) => verb === 'EVENT' && of === 'live');
    expect(live).toHaveLength(1 + accepted); // what is not stored is not passed on
    sqlite.db.exec('PRAGMA max_page_count = 100000');
    socket.heard.length = 0;
    expect(await publishes(8, 9)).toEqual([
      [true, ''],
      [true, ''],
    ]);
    expect(await storedIds()).toContain(event(9).id);
  } finally {
    relay.handleClose(socket);
    await relay.close();
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
});
