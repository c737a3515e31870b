import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KIND_CONTRACTS, kindContract, kindJsonSchema } from '../../src/protocol/index.ts';
import { coinop } from './coinop.ts';

let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'coinop-kinds-'));
});

afterAll(() => rm(home, { recursive: true, force: true }));

test('kinds lists every contract, one JSON object a line in a pipe', async () => {
  const listed = await coinop(['kinds'], { home });
  expect(listed).toMatchObject({ code: 0, stderr: '' });
  const lines = listed.stdout.trim().split('\n');
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual(KIND_CONTRACTS);
});

test('kind tells everything about one, known or not', async () => {
  const known = await coinop(['kind', '5600'], { home });
  expect(JSON.parse(known.stdout)).toEqual({ ...kindContract(5600), resultKind: 6600 });
  const drafted = await coinop(['kind', '5001'], { home });
  expect(JSON.parse(drafted.stdout)).toMatchObject({ firstDraftType: 'summarization' });
  const unknown = await coinop(['kind', '5123'], { home });
  expect(JSON.parse(unknown.stdout)).toMatchObject({ kind: 5123, status: 'unknown', source: null });
});

test('kind --schema prints the JSON Schema', async () => {
  const shown = await coinop(['kind', '5050', '--schema'], { home });
  expect(JSON.parse(shown.stdout)).toEqual(kindJsonSchema(kindContract(5050)));
});

test('what is no job kind is a wrong argument', async () => {
  expect(await coinop(['kind', '6050'], { home })).toMatchObject({ code: 2, stdout: '' });
});
