import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as provider from '../../src/provider/index.ts';
import { DEFAULT_LIMITS } from '../../src/provider/context.ts';

const text = readFileSync(new URL('../../docs/pricing.md', import.meta.url), 'utf8');
const protocol = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');

/** Rows of the table whose head begins with this word, by cells, without backquotes. */
function table(head: string): string[][] {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.startsWith(`| ${head} `));
  const rows = lines.slice(from + 2);
  return rows.slice(0, rows.indexOf('')).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
}

describe('docs/pricing.md', () => {
  test('says the limits as they are', () => {
    const told = table('limit').map(([name = '', value = '']) => [name, BigInt(value)]);
    const limits: Readonly<Record<string, number | bigint>> = { ...DEFAULT_LIMITS };
    expect(told.map(([name]) => name)).toHaveLength(7);
    for (const [name, value] of told)
      expect([name, BigInt(limits[String(name)] ?? -1)]).toEqual([name, value]);
  });

  test('names policies that are there, and imports what it uses', () => {
    const policies = table('policy').map(([name = '']) => name);
    const [, imported = ''] = /import \{ (.*) \} from 'coinop\/provider'/.exec(text) ?? [];
    for (const name of [
      ...policies,
      ...imported.split(', '),
      'gradedTrust',
      'accessByLists',
      'proofOfWorkByLoad',
    ])
      expect(provider, name).toHaveProperty(name);
  });

  test('names refusals that the protocol has', () => {
    const codes = table('setting').flatMap(([, , code = '']) =>
      code.split(' , ').filter((each) => each !== '–'),
    );
    expect(codes).toHaveLength(5);
    for (const code of codes) expect(protocol).toContain(`| \`${code}\``);
  });
});
