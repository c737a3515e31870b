/** What a part answers to one call; call 0 says that it is ready. */
export type Reply =
  { readonly call: number; readonly value: unknown } | { readonly call: number; readonly error: string };

interface Call {
  readonly call: number;
  readonly command: string;
  readonly argument: unknown;
}

type Commands = Readonly<Record<string, (argument: never) => unknown>>;

/**
 * The child's side of a `Part`: says that it is ready, with what the parent must know, then answers its calls
 * until it is asked to end.
 */
export function serveParent(part: {
  readonly ready: unknown;
  readonly commands: Commands;
  readonly close: () => Promise<void>;
}): void {
  const commands: Commands = { ...part.commands, cpuMs };
  process.on('message', (message) => {
    const { call, command, argument } = message as Call;
    void answer(call, async () => commands[command]?.(argument as never));
  });
  process.once('SIGTERM', () => void part.close().then(() => process.exit(0)));
  process.once('disconnect', () => process.exit(1));
  process.send?.({ call: 0, value: part.ready } satisfies Reply);
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
