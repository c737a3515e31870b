import { spawn, type ChildProcess } from 'node:child_process';
import {
  ReadBuffer,
  serializeMessage,
  type JSONRPCMessage,
  type Transport,
} from '@modelcontextprotocol/client';
import { endGroup } from '../contained-process.ts';
import { endWithUs } from '../process-groups.ts';
import type { ProgramWords } from './program-words.ts';

/** Longer messages end the connection. */
const MAX_MESSAGE_BYTES = 32 * 2 ** 20;

/**
 * MCP over the standard input and output of a program. Other than the SDK's own transport it starts a process group,
 * which is ended with all that `npx` and shells put between, and which does not hear our Ctrl-C: jobs may end first.
 */
export class ProcessTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #command: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  readonly #words: ProgramWords;
  readonly #received = new ReadBuffer({ maxBufferSize: MAX_MESSAGE_BYTES });
  #child: ChildProcess | null = null;

  constructor(command: readonly string[], env: Readonly<Record<string, string>>, words: ProgramWords) {
    this.#command = command;
    this.#env = env;
    this.#words = words;
  }

  /** Resolves when the program runs; rejects when it cannot be started. */
  async start(): Promise<void> {
    const [program = '', ...args] = this.#command;
    const child = spawn(program, args, { env: this.#env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#words.hear(child, [child.stderr]);
    endWithUs(child);
    this.#child = child;
    const started = Promise.withResolvers<void>();
    child.once('spawn', () => started.resolve());
    child.once('error', (error) => started.reject(error));
    child.once('close', () => this.onclose?.());
    child.stdin?.on('error', (error) => this.onerror?.(error));
    child.stdout?.on('data', (chunk: Buffer) => this.#read(chunk));
    await started.promise;
    child.on('error', (error) => this.onerror?.(error));
  }

  #read(chunk: Buffer): void {
    try {
      this.#received.append(chunk);
      for (let message = this.#received.readMessage(); message; message = this.#received.readMessage())
        this.onmessage?.(message);
    } catch (error) {
      this.onerror?.(error instanceof Error ? error : new Error('not a message'));
      void this.close();
    }
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin;
    if (!stdin?.writable) throw new Error('The server is gone.');
    const sent = Promise.withResolvers<void>();
    stdin.write(serializeMessage(message), (error) => (error ? sent.reject(error) : sent.resolve()));
    await sent.promise;
  }

  async close(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null) return;
    child.stdin?.end();
    await endGroup(child);
  }
}
