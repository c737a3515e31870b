import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUDGET_FIELDS } from '../../src/cli/config-file.ts';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { BUNDLED_BIN } from '../cli/coinop.ts';
import { openAgentStage, type AgentStage } from './stage.ts';

/** Rejects with what the command said when it fails. */
const bash = promisify(execFile);

const SKILL = fileURLToPath(new URL('../../skills/coinop', import.meta.url));
const skill = await readFile(join(SKILL, 'SKILL.md'), 'utf8');
const references = await Promise.all(
  (await readdir(join(SKILL, 'references'))).map(async (name) => ({
    name,
    text: await readFile(join(SKILL, 'references', name), 'utf8'),
  })),
);

describe('the skill', () => {
  test('is in the format of agentskills.io', () => {
    const [, head = '', body = ''] = /^---\n(.*?)\n---\n(.*)$/s.exec(skill) ?? [];
    const fields = new Map(
      head.split('\n').map((line) => {
        const [, name = '', value = ''] = /^([a-z-]+): (.+)$/.exec(line) ?? [];
        return [name, value];
      }),
    );
    expect([...fields.keys()]).toEqual(['name', 'description', 'license', 'compatibility']);
    expect(fields.get('name')).toBe(basename(SKILL));
    expect(fields.get('description')?.length).toBeLessThanOrEqual(1024);
    expect(fields.get('compatibility')?.length).toBeLessThanOrEqual(500);
    expect(body.split('\n').length).toBeLessThan(500);
    const linked = [...body.matchAll(/\]\(references\/([^)]+)\)/g)].map(([, name]) => name ?? '');
    expect(new Set(linked)).toEqual(new Set(references.map(({ name }) => name)));
  });

  test('names every exit code and every cap', () => {
    const textOf = (name: string) => references.find((file) => file.name === name)?.text ?? '';
    const codes = [...textOf('exit-codes.md').matchAll(/^\| (\d+) /gm)].map(([, code]) => Number(code));
    expect(codes).toEqual(Object.values(EXIT));
    expect(BUDGET_FIELDS.filter((field) => !textOf('budgets.md').includes(`\`${field}\``))).toEqual([]);
  });
});

describe('an agent without MCP', () => {
  let stage: AgentStage;
  beforeAll(async () => {
    stage = await openAgentStage();
  }, 120_000);
  afterAll(() => stage.close());

  async function run(line: string): Promise<string> {
    const command = line.replaceAll('npx coinop', `"${process.execPath}" "${BUNDLED_BIN}"`);
    const { stdout } = await bash('bash', ['-c', command], { cwd: stage.home, env: { ...stage.env } });
    return stdout;
  }

  test('runs every command of the skill, and pays once for what it repeats', async () => {
    const lines = [skill, ...references.map(({ text }) => text)]
      .flatMap((text) => [...text.matchAll(/```sh\n(.*?)```/gs)])
      .flatMap(([, block = '']) => block.trim().split('\n'));
    const bought: unknown[] = [];
    let job = '';
    for (const line of lines) {
      const said = await run(line.replace('<job>', job));
      expect(said, line).not.toBe('');
      if (!line.includes('--idempotency-key')) continue;
      const { jobs } = JSON.parse(said) as { readonly jobs: readonly { readonly requestId: string }[] };
      job = jobs[0]?.requestId ?? '';
      bought.push(job);
    }
    expect(bought).toEqual([job, job]);
    expect(await stage.paid()).toBe(1);
  }, 240_000);
});
