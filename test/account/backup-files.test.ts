import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { packFiles } from '../../src/account/backup/archive.ts';
import { restoreBackup, writeBackup } from '../../src/account/index.ts';
import { openFileDirectory } from '../../src/blobs/server.ts';
import { unixNow } from '../../src/clock/index.ts';
import { loadOrCreateKeyFile } from '../../src/keys/node.ts';
import { orThrow } from '../../src/protocol/index.ts';

let dir: string;
let home: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coinop-backup-'));
  home = join(dir, 'home');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it('a backup holds the keys of services, and the files that were sold or paid for, while they come and go', async () => {
  orThrow(await loadOrCreateKeyFile(join(home, 'provider', 'key')));
  const service = orThrow(await loadOrCreateKeyFile(join(home, 'provider', 'keys', 'posters')));
  const filesOf = (at: string) =>
    openFileDirectory({ dir: join(at, 'provider', 'files'), maxBytes: 3_000_000 });
  const files = await filesOf(home);
  const bytes = new Uint8Array(1_300_000).fill(7); // more than is read at once
  await files.write('first', bytes);
  await files.write('second', bytes);
  await mkdir(join(home, 'provider', 'files', 'unpaid'));
  for (const name of ['unpaid/gift', 'half.unfinished', 'no name'])
    await writeFile(join(home, 'provider', 'files', name), 'x');
  const passphrase = 'correct horse battery staple';
  const path = join(dir, 'saved.coinop');
  const backing = writeBackup({ home, accounts: ['provider'], path, passphrase, now: unixNow });
  await files.write('second', bytes);
  expect(orThrow(await backing)).toEqual(
    expect.arrayContaining(['provider/key', 'provider/keys/', 'provider/files/']),
  );
  const restored = orThrow(
    await restoreBackup({ path, passphrase, home: join(dir, 'elsewhere'), now: unixNow }),
  );
  expect(restored.files.filter((name) => name.endsWith('/'))).toEqual(['provider/keys/', 'provider/files/']);
  const elsewhere = join(dir, 'elsewhere');
  expect((await readdir(join(elsewhere, 'provider', 'files'))).toSorted()).toEqual(['first', 'second']);
  expect(orThrow(await loadOrCreateKeyFile(join(elsewhere, 'provider', 'keys', 'posters')))).toEqual({
    ...service,
    created: false,
  });
  const again = await filesOf(elsewhere);
  await again.write('third', bytes); // makes room for itself
  expect([await again.read('first'), await again.read('second')]).toEqual([null, bytes]);
});

it('a backup goes on without a file that makes room for another meanwhile', async () => {
  const pieces: Uint8Array[] = [];
  const gone = { name: 'provider/files/gone', path: join(dir, 'gone') };
  for await (const piece of packFiles([{ ...gone, mayVanish: true }])) pieces.push(piece);
  expect(pieces).toEqual([]);
  await expect(packFiles([gone]).next()).rejects.toThrow('ENOENT');
});
