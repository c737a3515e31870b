import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Reply } from './parent.ts';

/** One role of the benchmark in a process of its own, told what to do over the IPC channel. */
export class Part {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #lastCall = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (reply: Reply) => this.#onReply(reply));
    child.once('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values())
        reject(new Error(`a part of the benchmark ended with ${code ?? signal}`));
    });
  }

  /** Starts `<role>-process.ts` beside this file; resolves when it says that it is ready. */
  static async start(
    role: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Part> {
    const child = fork(fileURLToPath(new URL(`./${role}-process.ts`, import.meta.url)), args, {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      serialization: 'advanced',
    });
    const part = new Part(child);
    await part.#answerTo(0);
    return part;
  }

  /** Asks the process to do something and waits for what it brings. */
  async ask<Answer>(command: string, argument: unknown = null): Promise<Answer> {
    const call = (this.#lastCall += 1);
    const answer = this.#answerTo<Answer>(call);
    this.#child.send({ call, command, argument });
    return answer;
  }

  /** Lets the process close what it holds; resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }

  async #answerTo<Answer>(call: number): Promise<Answer> {
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(call, answer);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both ends are this program
    return (await answer.promise) as Answer;
  }

  #onReply(reply: Reply): void {
    const waiting = this.#waiting.get(reply.call);
    this.#waiting.delete(reply.call);
    if ('error' in reply) waiting?.reject(new Error(reply.error));
    else waiting?.resolve(reply.value);
  }
}
