/** What a part answers to one call; call 0 says that it is ready. */
export type Reply =
  { readonly call: number; readonly value: unknown } | { readonly call: number; readonly error: string };

interface Call {
  readonly call: number;
  readonly command: string;
  /** What the command takes: both ends are this program. */
  readonly argument: never;
}

type Commands = Readonly<Record<string, (argument: never) => unknown>>;

/**
 * The child's side of a `Part`: says that it is ready, then answers the parent's calls until it is asked to end.
 */
export function serveParent(part: {
  /** What others must know of it, as where it listens. */
  readonly facts?: unknown;
  readonly commands: Commands;
  readonly close: () => Promise<void>;
}): void {
  const commands: Commands = { ...part.commands, cpuMs, facts: () => part.facts };
  process.on('message', ({ call, command, argument }: Call) => {
    void answer(call, async () => commands[command]?.(argument));
  });
  process.once('SIGTERM', () => void part.close().then(() => process.exit(0)));
  process.once('disconnect', () => process.exit(1));
  process.send?.({ call: 0, value: null } satisfies Reply);
}

/** CPU time of this process so far, of all its threads. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function answer(call: number, run: () => Promise<unknown>): Promise<void> {
  try {
    process.send?.({ call, value: await run() } satisfies Reply);
  } catch (error) {
    process.send?.({ call, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}
