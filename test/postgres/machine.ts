import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { CHILD_ENVIRONMENT } from '../fixtures/child-environment.ts';

/** What a provider process says. */
export type Said = Readonly<Record<string, unknown>> & { readonly t: string };

/** A provider process, as a machine of its own would run it. */
export interface Machine {
  /** Resolves when it sells; rejects when it ends before. */
  readonly ready: Promise<void>;
  /** Resolves when it says something that fits, or has said so; rejects when it ends before. */
  said(fits: (said: Said) => boolean): Promise<Said>;
  signal(signal: NodeJS.Signals): void;
  /** Waits until it has ended. */
  readonly ended: Promise<void>;
}

/** Starts a provider process; it ends with its parent. */
export function startMachine(
  program: string,
  {
    dir,
    relayUrl,
    env,
  }: { readonly dir: string; readonly relayUrl: string; readonly env: Readonly<Record<string, string>> },
): Machine {
  const child = spawn(process.execPath, [program, dir, relayUrl], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { ...CHILD_ENVIRONMENT, ...env },
  });
  if (child.stdout === null) throw new Error('The process has no output.');
  const lines: Said[] = [];
  const waiting = new Set<() => void>();
  let hasEnded = false;
  const look = () => {
    for (const each of waiting) each();
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line) as Said);
    look();
  });
  const ended = once(child, 'close').then(() => {
    hasEnded = true;
    look();
  });
  const said = (fits: (line: Said) => boolean) =>
    new Promise<Said>((resolve, reject) => {
      const check = () => {
        const found = lines.find(fits);
        if (found === undefined && !hasEnded) return;
        waiting.delete(check);
        if (found === undefined)
          reject(new Error(`The process ended after: ${JSON.stringify(lines.slice(-5))}`));
        else resolve(found);
      };
      waiting.add(check);
      check();
    });
  const ready = said(({ t }) => t === 'ready').then(() => undefined);
  ready.catch(() => undefined); // whoever waits hears of it
  return { ready, said, ended, signal: (signal) => void child.kill(signal) };
}
