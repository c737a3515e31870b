/** Runs tasks side by side up to a limit and keeps a bounded number waiting, first come, first served. */
export interface TaskLimit {
  /** Starts the task now or when its turn comes; `false` when too many wait already. A task that rejects is a bug and surfaces. */
  run(task: () => Promise<void>): boolean;
  /** Forgets the tasks that have not started and resolves when the running ones are done. */
  close(): Promise<void>;
}

/** Makes a `TaskLimit` for at most `running` tasks at once and `waiting` more in line. */
export function createTaskLimit(limits: { readonly running: number; readonly waiting: number }): TaskLimit {
  const running = new Set<Promise<void>>();
  const waiting: (() => Promise<void>)[] = [];

  const start = (task: () => Promise<void>): void => {
    const done = task().finally(() => {
      running.delete(done);
      const next = waiting.shift();
      if (next !== undefined) start(next);
    });
    running.add(done);
  };

  return {
    run(task) {
      if (running.size < limits.running) start(task);
      else if (waiting.length < limits.waiting) waiting.push(task);
      else return false;
      return true;
    },
    async close() {
      waiting.length = 0;
      await Promise.allSettled(running);
    },
  };
}
