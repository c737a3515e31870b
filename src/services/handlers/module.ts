import { success, type Outcome } from '../../protocol/index.ts';
import { JobFailure, type JobHandler } from '../../provider/index.ts';
import { startModule, type ModuleHost, type ModuleSource } from './module-host.ts';
import type { DeclaredService } from './module-messages.ts';
import { createProgramWords, type TellOperator } from './program-words.ts';
import { createRevival } from './revival.ts';

/** A module that is loaded and works. */
export interface OpenModule {
  readonly handler: JobHandler;
  /** The terms that a module exports with its handler as a `Service`. */
  readonly declared: DeclaredService;
  readonly close: () => Promise<void>;
}

/**
 * Loads a module whose export is a handler or a `Service`, in a process of its own. When the process dies, its jobs
 * fail with `handler-crashed` and the next job starts it anew. What it prints is for the operator. Fails as `startModule` does.
 */
export async function openModule(
  source: ModuleSource,
  tellOperator: TellOperator,
  signal: AbortSignal,
): Promise<Outcome<OpenModule>> {
  const words = createProgramWords(source, tellOperator);
  const host = createRevival<ModuleHost>((closing) => startModule(source, words, closing));
  const first = await host.get(signal);
  if (!first.ok) {
    await host.close();
    return first;
  }
  return success({
    declared: first.value.declared,
    close: () => host.close(),
    async *handler(job) {
      const running = await host.get(job.signal);
      // The file was changed since it was loaded: what is wrong with it is for the operator.
      if (!running.ok) throw new JobFailure('service-unavailable', 'The service cannot be started.');
      const isOver = words.during(job.request.id);
      try {
        return yield* running.value.run(job);
      } finally {
        isOver();
      }
    },
  });
}
