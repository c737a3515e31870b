import { execFile } from 'node:child_process';
import { execPath } from 'node:process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** Takes all file descriptors that there are, then runs a program, and lives on for a turn. */
const EXHAUSTED = `
  import { openSync } from 'node:fs';
  import { setImmediate as turn } from 'node:timers/promises';
  const { runProcess } = await import(${JSON.stringify(new URL('./contained-process.ts', import.meta.url).href)});
  try { for (;;) openSync('/dev/null', 'r'); } catch {}
  const signal = new AbortController().signal;
  const run = await runProcess({ command: 'true', args: [], shell: false, env: {}, stdin: new Uint8Array(), timeoutMs: 20_000, maxOutputBytes: 10, signal });
  await turn();
  console.log(run.ok ? 'started' : run.failure.code);
`;

it('says so where no file descriptor is free for a program, and goes on', async () => {
  const line = 'ulimit -n 64; exec "$0" --input-type=module -e "$1"';
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', line, execPath, EXHAUSTED]);
  expect(stdout.trim()).toBe('not-started');
});
