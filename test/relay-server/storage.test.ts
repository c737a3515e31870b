import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { orThrow } from '../../src/protocol/index.ts';
import { startRelayServer } from '../../src/relay-server/index.ts';
import { newKey, nowS, RelayClient, sign, startRelay } from './relay-client.ts';

let dir: string;
const key = newKey();
const trusting = () => Promise.resolve(true);
const template = sign({ tags: [['t', 'x']] }, key);

const isAccepted = (message: readonly unknown[]) => message[0] === 'OK' && message[2] === true;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'relay-server-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('events and deletions are there after a restart, and no event that expired meanwhile', async () => {
  const clock = { now: nowS() };
  const options = { databasePath: join(dir, 'new', 'relay.sqlite'), now: () => clock.now };
  const [kept, deleted] = [sign({ content: 'kept' }, key), sign({ content: 'deleted' }, key)];
  const expiring = sign({ tags: [['expiration', String(clock.now + 10)]] }, key);
  const deletion = sign({ kind: 5, tags: [['e', deleted.id]] }, key);
  const first = await startRelay(options);
  const writer = await RelayClient.connect(first.url);
  for (const event of [kept, deleted, expiring, deletion]) await writer.publish(event);
  await writer.end();
  await first.close();

  clock.now += 10;
  const second = await startRelay(options);
  const reader = await RelayClient.connect(second.url);
  expect(await reader.query({ kinds: [1] })).toEqual([kept]);
  expect(await reader.publish(deleted)).toEqual([false, expect.stringMatching(/^blocked: /)]);
  const later = sign({ content: 'later' }, key);
  await reader.subscribe('live', { since: later.created_at });
  await reader.publish(later);
  await reader.hearsEvent('live', later.id);
  await reader.end();
  await second.close();
});

test('every event with OK true is there after kill -9, whole and in its indexes', async () => {
  const databasePath = join(dir, 'relay.sqlite');
  const door = new URL('../../src/relay-server/index.ts', import.meta.url).href;
  const program = `
    import { startRelayServer } from ${JSON.stringify(door)};
    const relay = await startRelayServer({
      databasePath: process.argv[1],
      verify: () => Promise.resolve(true),
      limits: { eventBurst: 1e9 },
    });
    process.stdout.write(relay.value.url + '\\n');`;
  const acknowledged: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, databasePath], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const died = new Promise((resolve) => child.once('exit', resolve));
    const lines = createInterface(child.stdout);
    const url = await new Promise<string>((resolve) => lines.once('line', resolve));
    const client = await RelayClient.connect(url);
    for (let n = 0; n < 5_000; n += 1) client.say('EVENT', { ...template, id: idOf(round * 5_000 + n) });
    await client.hearsMany(700, isAccepted);
    child.kill('SIGKILL');
    await died;
    await client.closed;
    acknowledged.push(...client.heard.filter(isAccepted).map(([, id]) => String(id)));
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(2_100);
  const relay = orThrow(await startRelayServer({ databasePath, verify: trusting }));
  const reader = await RelayClient.connect(relay.url);
  for (let from = 0; from < acknowledged.length; from += 1_000) {
    const ids = acknowledged.slice(from, from + 1_000);
    const found = await reader.query({ ids, '#t': ['x'] });
    expect(found.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  }
  await reader.end();
  await relay.close();
});

test('a file that is no database fails with a code', async () => {
  const databasePath = join(dir, 'relay.sqlite');
  writeFileSync(databasePath, 'this is not SQLite '.repeat(1_000));
  expect(await startRelayServer({ databasePath, verify: trusting })).toMatchObject({
    ok: false,
    failure: { code: 'not-a-database' },
  });
});

function idOf(n: number): string {
  return n.toString(16).padStart(64, '0');
}
