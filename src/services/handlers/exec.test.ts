import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { failureCode, jobContext, resolvedInput, runJob } from '../../../test/fixtures/job-context.ts';
import { execHandler } from './exec.ts';
import type { ExecOptions } from './exec-run.ts';

type Job = Parameters<typeof jobContext>[0];
const job = (more: Partial<Job> = {}) =>
  jobContext({ kind: 5050, inputs: [resolvedInput('hello')], ...more });

const sh = (command: string, more: Partial<ExecOptions> = {}) =>
  execHandler({ command, shell: true, timeoutMs: 10_000, ...more });
const output = async (command: string, more?: Partial<ExecOptions>, context = job()) =>
  (await runJob(sh(command, more), context)).content;
const codeOf = (command: string, more?: Partial<ExecOptions>, context = job()) =>
  failureCode(sh(command, more), context);

describe('programs as handlers', () => {
  it('gives the input to standard input and takes standard output', async () => {
    expect(await output('cat; echo " $((1+1))"')).toBe('hello 2');
    const handler = execHandler({ command: 'printf', args: ['%s', '$HOME; no shell'], timeoutMs: 10_000 });
    expect((await runJob(handler, job())).content).toBe('$HOME; no shell');
    const all = Uint8Array.from({ length: 256 }, (_, index) => index);
    expect(await output('wc -c', {}, job({ inputs: [resolvedInput(all)] }))).toMatch(/^\s*256$/);
    expect(await output('echo €; echo')).toBe('€\n');
  });

  it('needs an input', async () => {
    expect(await codeOf('cat', {}, job({ inputs: [] }))).toBe('no-input');
  });

  it('tells facts of the job and nothing else of ours', async () => {
    vi.stubEnv('COINOP_TEST_SECRET', 'not for programs');
    onTestFinished(() => void vi.unstubAllEnvs());
    const context = job({
      params: { max_tokens: ['7'], 'MAX-TOKENS': ['999'], path: ['/evil'], nul: ['a\0b'] },
    });
    const lines = new Map(
      (await output('env', { env: { MINE: 'yes' } }, context)).split('\n').map((line) => {
        const at = line.indexOf('=');
        return [line.slice(0, at), line.slice(at + 1)];
      }),
    );
    expect(lines.get('PATH')).toBe(process.env['PATH']);
    expect(Object.fromEntries(lines)).toMatchObject({
      COINOP_JOB_ID: context.request.id,
      COINOP_KIND: '5050',
      COINOP_PARAM_MAX_TOKENS: '7', // not what `MAX-TOKENS` says
      COINOP_PARAM_PATH: '/evil',
      COINOP_PARAM_NUL: 'ab',
      MINE: 'yes',
    });
    const known =
      /^(COINOP_(JOB_ID|KIND|CUSTOMER|IDEMPOTENCY_KEY|OUTPUT|INPUT_\w+|PARAM_\w+)|PATH|HOME|LANG|TMPDIR|MINE|PWD|SHLVL|_|OLDPWD)$/;
    expect([...lines.keys()].filter((name) => !known.test(name))).toEqual([]);
  });

  it('refuses parameters that would not fit into an environment', async () => {
    expect(await codeOf('true', {}, job({ params: { big: ['x'.repeat(40_000)] } }))).toBe('param-too-large');
  });

  it('ends a program that fills the disk', async () => {
    expect(await codeOf('while :; do head -c 32M /dev/zero >> "$TMPDIR/x" || exit 0; done')).toBe(
      'handler-output-too-large',
    );
  });

  it('makes a directory for temporary files and removes it', async () => {
    const directory = await output('touch "$TMPDIR/x" && printf %s "$TMPDIR"');
    expect(directory).toContain('coinop-exec-');
    expect(existsSync(directory)).toBe(false);
  });

  it('lives with a program that does not read its input', async () => {
    const context = job({ inputs: [resolvedInput('x'.repeat(5_000_000))] });
    expect(await output('exec 0<&-; echo done', {}, context)).toBe('done');
  });
});

describe('programs that fail', () => {
  it('tells how, and the last words where the status has a meaning', async () => {
    expect(await codeOf('exit 3')).toBe('handler-failed');
    expect(await messageOf('for i in 1 2 3 4 5 6 7; do echo line $i >&2; done; exit 65')).toBe(
      'The program failed (exit code 65). line 3\nline 4\nline 5\nline 6\nline 7',
    );
    expect(await messageOf('kill -SEGV $$')).toContain('SIGSEGV');
    expect(await messageOf('printf "\\033[31mred\\n" >&2; exit 65')).toMatch(/\(exit code 65\)\. \[31mred$/);
    const missing = execHandler({ command: '/no/such/program', timeoutMs: 1000 });
    expect(await failureCode(missing, job())).toBe('handler-failed');
  });

  it('tells only the operator what a crash prints', async () => {
    const failed = await failureOf('echo "Traceback: key sk-from-a-file" >&2; exit 1');
    expect(failed).toMatchObject({
      message: 'The program failed (exit code 1).',
      forOperator: 'Traceback: key sk-from-a-file',
    });
  });

  it('says by its exit status what is wrong', async () => {
    expect(await codeOf('exit 65')).toBe('unusable-input');
    expect(await codeOf('exit 3', { exitCodes: new Map([[3, 'no-such-city']]) })).toBe('no-such-city');
  });

  it('does not tell what the operator put into the environment', async () => {
    const env = { API_KEY: 'sk-very-secret', PEM: 'line-one-of-pem\nline-two-of-pem' };
    const message = await messageOf(
      'env >&2; echo "key $API_KEY" >&2; echo "$PEM" >&2; echo "in $HOME" >&2; exit 65',
      { env },
    );
    expect(message).toContain('key …');
    for (const secret of ['sk-very-secret', 'line-one', 'line-two', String(process.env['HOME'])])
      expect(message).not.toContain(secret);
    // The beginning of the secret is further back than what is kept.
    const long = { API_KEY: 'k'.repeat(300) };
    expect(
      await messageOf('printf "%s" "$API_KEY" >&2; head -c 4000 /dev/zero | tr "\\0" . >&2; exit 65', {
        env: long,
      }),
    ).toBe('The program failed (exit code 65).');
  });

  it('refuses output that is not text', async () => {
    expect(await codeOf('printf "\\377\\376"')).toBe('output-not-text');
    expect(await codeOf('printf "a\\0b"')).toBe('output-not-text');
  });
});

describe('programs that do not end', () => {
  const FAMILY = 'sleep 300 & echo $! >> PIDS; echo $$ >> PIDS; ';

  it('ends them and their children at the time limit', async () => {
    const alive = await survivors(async (command) =>
      expect(await codeOf(command(`${FAMILY} wait`), { timeoutMs: 300 })).toBe('handler-timeout'),
    );
    expect(alive).toEqual([]);
  });

  it('ends even those that ignore the polite signal', async () => {
    const alive = await survivors(async (command) =>
      expect(
        await codeOf(command(`trap "" TERM; ${FAMILY} while :; do sleep 1; done`), { timeoutMs: 300 }),
      ).toBe('handler-timeout'),
    );
    expect(alive).toEqual([]);
  });

  it('ends a flood, with its children', async () => {
    const alive = await survivors(async (command) =>
      expect(await codeOf(command(`${FAMILY} yes`), { maxOutputBytes: 10_000 })).toBe(
        'handler-output-too-large',
      ),
    );
    expect(alive).toEqual([]);
    expect(await output('head -c 10000 /dev/zero | tr "\\0" a', { maxOutputBytes: 10_000 })).toHaveLength(
      10_000,
    );
  });

  it('keeps only the end of endless complaints', async () => {
    expect(await codeOf('yes complaint >&2', { timeoutMs: 300 })).toBe('handler-timeout');
  });

  it('ends children that outlive the program, and does not wait for their pipes', async () => {
    const alive = await survivors(async (command) =>
      expect(await output(command(`${FAMILY} echo done`))).toBe('done'),
    );
    expect(alive).toEqual([]);
  });

  const LEAVE_GROUP =
    'setsid sh -c \'touch "$TMPDIR/left"; exec sleep 300\' & until [ -e "$TMPDIR/left" ]; do sleep 0.01; done; echo $!';

  it('is not held up by a child that left the group with our pipes', async () => {
    const pid = Number(await output(LEAVE_GROUP));
    onTestFinished(() => void process.kill(pid, 'SIGKILL'));
    expect(isAlive(pid)).toBe(true);
  });

  it('ends them when the job is aborted', async () => {
    const abort = new AbortController();
    const alive = await survivors(async (command, pidsWritten) => {
      const running = output(command(`${FAMILY} wait`), {}, job({ signal: abort.signal }));
      await vi.waitUntil(pidsWritten, { timeout: 20_000 });
      abort.abort(new Error('the job was cancelled'));
      await expect(running).rejects.toThrow('the job was cancelled');
    });
    expect(alive).toEqual([]);
    await expect(output('true', {}, job({ signal: abort.signal }))).rejects.toThrow('the job was cancelled');
  });
});

describe('programs that speak JSON lines', () => {
  const lines = (script: string, more: Partial<ExecOptions> = {}) =>
    sh(script, { protocol: 'json-lines', ...more });
  const run = (script: string, context = job()) => runJob(lines(script), context);
  const code = (script: string, more?: Partial<ExecOptions>) => failureCode(lines(script, more), job());

  it('get the whole job as one JSON document', async () => {
    const context = job({
      inputs: [resolvedInput('hello €'), resolvedInput(new Uint8Array([0xff, 0]))],
      params: { model: ['a', 'b'] },
      outputs: ['text/plain'],
    });
    const { content } = await run(`printf '{"type":"result","content":%s}' "$(cat)"`, context);
    expect(JSON.parse(content)).toEqual({
      id: context.request.id,
      kind: 5050,
      customer: context.request.customerPubkey,
      idempotencyKey: context.idempotencyKey,
      params: { model: ['a', 'b'] },
      outputs: ['text/plain'],
      inputs: [
        expect.objectContaining({ type: 'url', text: 'hello €', source: 'https://example.com/file' }),
        expect.objectContaining({ base64: Buffer.from([0xff, 0]).toString('base64') }),
      ],
    });
  });

  it('tell of progress and partial results while they work', async () => {
    const flag = join(await ownFolder(), 'flag');
    const waiting = lines(
      `echo '{"type":"partial","content":"be"}'; until [ -e "$FLAG" ]; do sleep 0.01; done
       echo; printf '{"type":"result","content":"done"}'`,
      { env: { FLAG: flag } },
    )(job());
    if (!(Symbol.asyncIterator in waiting)) throw new Error('not a generator');
    expect((await waiting.next()).value).toEqual({ type: 'partial', content: 'be' });
    writeFileSync(flag, '');
    expect(await waiting.next()).toEqual({ done: true, value: { content: 'done' } });
    const { progress } = await run(
      `echo '{"type":"progress","note":"half","fraction":0.5,"more":1}'; echo '{"type":"result","content":""}'`,
    );
    expect(progress).toEqual([{ type: 'progress', note: 'half', fraction: 0.5 }]);
  });

  it('deliver files from the folder of the job, and none from elsewhere', async () => {
    const { file, content } = await run(
      `printf '\\001\\377' > "$TMPDIR/a.png"
       echo '{"type":"result","content":"a picture","file":{"path":"a.png","mediaType":"image/png","name":"fox.png"}}'`,
    );
    expect({ ...file, bytes: [...(file?.bytes ?? [])], content }).toEqual({
      bytes: [1, 255],
      mediaType: 'image/png',
      name: 'fox.png',
      content: 'a picture',
    });
    const told = (path: string) =>
      `echo '{"type":"result","file":{"path":"${path}","mediaType":"text/plain"}}'`;
    for (const path of ['/etc/hostname', '../x', 'link', 'missing', '.', 'pipe'])
      expect(await code(`ln -s /etc/passwd "$TMPDIR/link"; mkfifo "$TMPDIR/pipe"; ${told(path)}`), path).toBe(
        'handler-output-invalid',
      );
    expect(await code(`head -c 900 /dev/zero > "$TMPDIR/big"; ${told('big')}`, { maxOutputBytes: 800 })).toBe(
      'handler-output-too-large',
    );
  });

  it('fail by what they say, and by what nobody understands', async () => {
    const error = `echo '{"type":"error","code":"no-such-city","message":"Ask for another."}'`;
    expect(await code(error)).toBe('no-such-city');
    expect(await code(`${error}; exit 1`)).toBe('no-such-city');
    const result = `echo '{"type":"result","content":"x"}'`;
    expect(await code(`${result}; exit 75`)).toBe('temporary-failure');
    const mayHelp = `echo '{"type":"error","code":"busy","retryable":true}'`;
    for (const [line, retryable] of [
      [error, false],
      [mayHelp, true],
      [`${result}; exit 75`, true],
    ] as const)
      await expect(run(line)).rejects.toMatchObject({ retryable });
    expect(await code('true')).toBe('handler-output-invalid');
    expect(await code(`echo starting; ${result}`)).toBe('handler-output-invalid');
    expect(await code(`echo '{"type":"error","code":"SHOUT"}'`)).toBe('handler-output-invalid');
    expect(await code(`printf '{"type":"partial","content":"\\377"}\\n'; ${result}`)).toBe('output-not-text');
    expect(await code('yes', { maxOutputBytes: 10_000 })).toMatch(/^handler-output-(invalid|too-large)$/);
  });

  it('are ended when nobody listens any more', async () => {
    const alive = await survivors(async (command, pidsWritten) => {
      const running = lines(
        command(
          `echo '{"type":"partial","content":"be"}'; sleep 300 & echo $! >> PIDS; echo $$ >> PIDS; wait`,
        ),
      )(job());
      if (!(Symbol.asyncIterator in running)) throw new Error('not a generator');
      await running.next();
      await vi.waitUntil(pidsWritten, { timeout: 20_000 });
      await running.return({ content: '' });
    });
    expect(alive).toEqual([]);
  });
});

/** Killed but not yet reaped does not count: whoever adopts the child does that in its own time. */
function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/\) Z /.test(stat);
  } catch {
    return false;
  }
}

/** What the customer is told when the command fails. */
async function messageOf(command: string, more?: Partial<ExecOptions>): Promise<string> {
  return (await failureOf(command, more)).message;
}

async function failureOf(command: string, more?: Partial<ExecOptions>): Promise<Error> {
  const error: unknown = await runJob(sh(command, more), job()).catch((thrown: unknown) => thrown);
  if (!(error instanceof Error)) throw new Error('The program succeeded.');
  return error;
}

/** Runs a command that reports process ids to a file, and says which of them are alive afterwards. */
async function survivors(
  run: (command: (line: string) => string, pidsWritten: () => boolean) => Promise<unknown>,
): Promise<number[]> {
  const directory = await mkdtemp(join(tmpdir(), 'coinop-exec-test-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, 'pids');
  const pids = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : []);
  await run(
    (line) => line.replaceAll('PIDS', file),
    () => pids().length === 2,
  );
  expect(pids()).toHaveLength(2);
  // Killed processes vanish when the system gets to it; those left alone would sleep for minutes.
  await vi.waitUntil(() => !pids().some(isAlive), { timeout: 20_000 }).catch(() => undefined);
  return pids().filter(isAlive);
}

async function ownFolder(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'coinop-exec-test-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}
