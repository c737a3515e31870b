import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text as readAll } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { CHILD_ENVIRONMENT } from '../fixtures/child-environment.ts';
import { programFile, PROGRAMS_VARIABLE } from '../fixtures/program-file.ts';

/** The command of the checkout, to be run by Node. */
export const BIN = fileURLToPath(new URL('../../bin/coinop.mjs', import.meta.url));

/** The same command as most tests run it: bundled, where the global setup of vitest has done that. */
export const BUNDLED_BIN =
  process.env[PROGRAMS_VARIABLE] === undefined
    ? BIN
    : programFile(new URL('../../src/cli/main.ts', import.meta.url));

/** How a finished command ended. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command's environment: nothing of ours but the path and a home of its own. */
export function commandEnv(home: string, env: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { ...CHILD_ENVIRONMENT, HOME: home, COINOP_HOME: home, ...env };
}

/** Runs `coinop` to its end. */
export async function coinop(
  args: readonly string[],
  options: {
    readonly home: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly stdin?: string;
    readonly cwd?: string;
    /** Another than the bundled one. */
    readonly bin?: string;
  },
): Promise<Finished> {
  const child = spawn(process.execPath, [options.bin ?? BUNDLED_BIN, ...args], {
    env: commandEnv(options.home, options.env),
    cwd: options.cwd ?? options.home,
  });
  child.stdin.end(options.stdin ?? '');
  const [stdout, stderr] = await Promise.all([readAll(child.stdout), readAll(child.stderr)]);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}

/** A command that stays up. */
export interface Running {
  /** Waits until it has written the words, on stdout or stderr; rejects when it ends before. */
  says(words: RegExp): Promise<RegExpExecArray>;
  /** Ctrl-C, then waits for the end. */
  interrupt(): Promise<number | null>;
  readonly child: ChildProcess;
}

/** Starts a `coinop` command that stays up. */
export function startCoinop(
  args: readonly string[],
  options: { readonly home: string; readonly env?: Readonly<Record<string, string>>; readonly bin?: string },
): Running {
  const child = spawn(process.execPath, [options.bin ?? BUNDLED_BIN, ...args], {
    env: commandEnv(options.home, options.env),
    cwd: options.home,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let written = '';
  let heard = Promise.withResolvers<void>();
  const hear = (): void => {
    heard.resolve();
    heard = Promise.withResolvers();
  };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      written += chunk.toString();
      hear();
    });
  let ended = false; // and all that it wrote is here
  const closed = once(child, 'close').then(() => {
    ended = true;
    hear();
  });
  return {
    child,
    async says(words) {
      for (;;) {
        const found = words.exec(written);
        if (found) return found;
        if (ended) throw new Error(`coinop ended with ${child.exitCode ?? child.signalCode}: ${written}`);
        await heard.promise;
      }
    },
    async interrupt() {
      child.kill('SIGINT');
      await closed;
      return child.exitCode;
    },
  };
}
