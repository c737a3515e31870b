import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse as parseToml } from 'smol-toml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { SHELF } from '../../src/services/index.ts';
import { coinop } from './coinop.ts';

/** Pages name nobody's key. */
const SOMEBODY = 'npub180cvv07tjdrrgpa0j7j7tmnyl2yr6yr7l8j4s3evf6u64th6gkwsyjh6w6';
const DOCS = fileURLToPath(new URL('../../docs', import.meta.url));

describe('the shelf', () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'coinop-services-'));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  test('is listed with what can be sold here and what is missing', async () => {
    const listed = await coinop(['--json', 'services'], { home });
    expect(listed.code).toBe(0);
    const rows = z
      .array(z.object({ service: z.string(), ready: z.boolean(), missing: z.unknown() }))
      .parse(listed.stdout.trim().split('\n').map((line): unknown => JSON.parse(line)));
    expect(rows.map(({ service }) => service)).toEqual(SHELF.map(({ name }) => name));
    const row = (name: string) => rows.find(({ service }) => service === name);
    expect(row('procedural-art')).toMatchObject({ ready: true, missing: null });
    expect(row('text-generation')).toMatchObject({ ready: false, missing: { code: 'endpoint-missing' } });
  }); // prettier-ignore

  test('tells about one of them, or which one was meant', async () => {
    const shown = await coinop(['services', 'video-conversion'], { home });
    expect(JSON.parse(shown.stdout)).toMatchObject({
      kind: 5200,
      job: 'Video conversion',
      settings: ['max_seconds', 'max_output_bytes', 'timeout_seconds'],
    });
    const mistaken = await coinop(['services', 'musik'], { home });
    expect(mistaken).toMatchObject({
      stdout: '',
      stderr: expect.stringContaining('did you mean "music"?') as string,
    });
    expect(mistaken.code).not.toBe(0);
  });

  test('says what to install on a machine without tools', async () => {
    const listed = await coinop(['--json', 'services'], { home, env: { PATH: home } });
    const speech = listed.stdout.split('\n').find((line) => line.includes('"text-to-speech"')) ?? '';
    expect(JSON.parse(speech)).toMatchObject({ ready: false, missing: { code: 'tool-missing', message: expect.stringContaining('apt install espeak-ng') as string } });
  }); // prettier-ignore
});

describe('the pages of the shelf', () => {
  test('have an entry for each service, and settings that it takes', async () => {
    const index = await readFile(join(DOCS, 'services.md'), 'utf8');
    for (const { name, kind } of SHELF) expect(index).toMatch(new RegExp(`\`${name}\`.*${kind}`));
    const File = z.object({
      service: z.array(z.object({ shelf: z.string(), settings: z.unknown().optional() })),
    });
    const shown = new Set<string>();
    for (const page of await readdir(join(DOCS, 'services'))) {
      const text = await readFile(join(DOCS, 'services', page), 'utf8');
      for (const [, toml = ''] of text.replaceAll('npub1…', SOMEBODY).matchAll(/```toml\n(.*?)```/gs)) {
        for (const { shelf, settings = {} } of File.parse(parseToml(toml)).service) {
          const entry = SHELF.find(({ name }) => name === shelf);
          expect(entry?.settings.safeParse(settings), `${page}: ${shelf}`).toMatchObject({ success: true });
          shown.add(shelf);
        }
      }
    }
    expect(shown.size).toBeGreaterThan(10);
  });
});
