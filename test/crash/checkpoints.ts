import { writeSync } from 'node:fs';

/** Where this process dies: `name#n` is the `n`th passing of one checkpoint. */
let deadly = process.env['COINOP_CRASH_AT'] ?? '';
const passes = new Map<string, number>();

/** The seam of every crash test: tells each checkpoint's first passing, and dies where it was told to. */
export function checkpoint(name: string): void {
  const count = (passes.get(name) ?? 0) + 1;
  passes.set(name, count);
  if (count === 1) say({ t: 'checkpoint', name });
  const [crashName, crashPass = '1'] = deadly.split('#');
  if (name === crashName && count === Number(crashPass)) process.kill(process.pid, 'SIGKILL');
}

/** Dies where the parent says while this process runs, passings counted from then on; says so when it has heard. */
export function hearCrashAt(): void {
  process.on('message', (message) => {
    if (typeof message !== 'object' || message === null || !('crashAt' in message)) return;
    deadly = String(message.crashAt);
    passes.clear();
    say({ t: 'doomed' });
  });
}

/** Writes a line at once: what `stdout.write` only queued would die with the process and look like a loss. */
export function say(line: Readonly<Record<string, unknown>>): void {
  let bytes = Buffer.from(
    `${JSON.stringify(line, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))}\n`,
  );
  while (bytes.length > 0)
    try {
      bytes = bytes.subarray(writeSync(1, bytes));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    }
}

/** Runs `stop` when the parent asks for a graceful end, then exits. */
export function endOn(stop: () => Promise<void>): void {
  process.once('SIGTERM', () => {
    void stop().then(() => process.exit(0));
  });
  process.once('disconnect', () => process.exit(1));
}
