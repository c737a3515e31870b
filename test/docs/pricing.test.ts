import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfigFile, type ConfigFile } from '../../src/cli/config-file.ts';
import { policyOf, SELLING_RULE_FIELDS } from '../../src/cli/selling-rules.ts';
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

/** The TOML of a page as coinop reads it, block by block. */
async function filesOn(page: string): Promise<ConfigFile[]> {
  const source = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  const dir = await mkdtemp(join(tmpdir(), 'coinop-pricing-'));
  try {
    const files: ConfigFile[] = [];
    for (const [, toml = ''] of source.matchAll(/```toml\n(.*?)```/gs)) {
      await writeFile(join(dir, 'coinop.toml'), toml);
      const read = await readConfigFile(join(dir, 'coinop.toml'));
      files.push(read.ok ? read.value : expect.unreachable(read.failure.message));
    }
    return files;
  } finally {
    await rm(dir, { recursive: true });
  }
}

test('files on the pages of a seller are read, and show every price and every table', async () => {
  const files = [...(await filesOn('pricing.md')), ...(await filesOn('selling.md'))];
  const services = files.flatMap(({ service = [] }) => service);
  for (const field of [
    'per_unit',
    'by_load',
    'undercut',
    'queue_limit',
    'proof_of_work_bits',
    'conditions',
    'rescue',
  ])
    expect(
      services.some((each) => field in each),
      field,
    ).toBe(true);
  const shown = files.flatMap(({ access, trust, limits, balances }) =>
    Object.entries({ access, trust, limits, balances }),
  );
  const fields = shown.flatMap(([name, values]) =>
    Object.keys(values ?? {}).map((field) => `${name}.${field}`),
  );
  for (const field of SELLING_RULE_FIELDS.filter((each) => !each.startsWith('limits.')))
    expect(fields).toContain(field);
});

describe('docs/pricing.md', () => {
  test('says the limits as they are', () => {
    const told = table('limit').map(([name = '', value = '']) => [name, BigInt(value)]);
    const limits: Readonly<Record<string, number | bigint>> = { ...DEFAULT_LIMITS };
    expect(told.map(([name]) => name)).toHaveLength(7);
    const said = SELLING_RULE_FIELDS.filter((field) => field.startsWith('limits.')).map(
      (field) => [field.replace('limits.', ''), 1] as const,
    );
    const flags = { workUnpaid: 0, deliverUnpaid: 0, trustStrangers: false };
    const policy = policyOf({ limits: Object.fromEntries(said) }, flags);
    expect(policy.ok && Object.keys(policy.value.limits)).toEqual(told.map(([name]) => name));
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
