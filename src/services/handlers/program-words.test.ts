import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { execPath } from 'node:process';
import { expect, it, vi } from 'vitest';
import { createProgramWords } from './program-words.ts';

/** What a program of this source says, to its end. */
async function said(
  source: string,
  env: Readonly<Record<string, string>> = {},
  jobs: readonly string[] = [],
) {
  const told: { words: string; job: string | null }[] = [];
  const words = createProgramWords({ env }, (line, job) => told.push({ words: line, job }));
  const over = jobs.map((job) => words.during(job));
  const child = spawn(execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'pipe'] });
  words.hear(child, [child.stdout, child.stderr]);
  await once(child, 'close');
  over.forEach((end) => end());
  return { told, lines: told.map(({ words: line }) => line) };
}

it('tells lines, however they come, without control characters', async () => {
  const { lines } = await said(String.raw`
    process.stderr.write('one\n\n\x1b[31mred\x1b[0m\r\nha');
    setTimeout(() => process.stderr.write('lf\nno end'), 20);`);
  expect(lines).toEqual(['one', '[31mred [0m', 'half', 'no end']);
});

it('names the job where there is only one', async () => {
  const speak = `console.log('hello')`;
  expect((await said(speak)).told).toEqual([{ words: 'hello', job: null }]);
  expect((await said(speak, {}, ['a', 'a'])).told).toEqual([{ words: 'hello', job: 'a' }]);
  expect((await said(speak, {}, ['a', 'b'])).told).toEqual([{ words: 'hello', job: null }]);
});

it('tells nothing of what the program was given, also where a line is cut through it', async () => {
  const env = { KEY: 'open sesame', PEM: 'first part\nsecond part' };
  const { lines } = await said(
    String.raw`console.error('open sesame, second part');
    console.error('x'.repeat(4090) + 'open sesame');`,
    env,
  );
  expect(lines[0]).toBe('…, …');
  expect(lines[1]).toMatch(/^x+…$/);
});

it('tells neither long lines nor many whole', async () => {
  const long = await said(`process.stderr.write('x'.repeat(10_000_000) + '\\nnext\\n')`);
  expect(long.lines.map((line) => line.length < 5000)).toEqual([true, true]);
  expect(long.lines[1]).toBe('next');
  const { lines } = await said(`for (let i = 0; i < 10_000; i++) console.error('line ' + i)`);
  expect(lines).toHaveLength(100);
});

it('tells how much was left out when it listens again', async () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
  const lines: string[] = [];
  const words = createProgramWords({}, (line) => lines.push(line));
  try {
    for (const at of [0, 60_000]) {
      clock.mockReturnValue(at);
      const child = spawn(execPath, ['-e', `for (let i = 0; i < 107; i++) console.error(i)`]);
      words.hear(child, [child.stderr]);
      await once(child, 'close');
    }
    expect(lines.slice(98, 103)).toEqual(['98', '99', '7 lines were left out', '0', '1']);
  } finally {
    clock.mockRestore();
  }
});
