import { setTimeout as sleep } from 'node:timers/promises';
import type { Weather } from './weather.ts';

/** What a lane does to frames, besides making them wait. */
export type LaneFault = 'repeated' | 'swapped' | 'lost';

/** What a lane is made of. */
export interface LaneParts {
  readonly random: () => number;
  readonly weather: () => Weather;
  /** What clients send stays in order: nothing overtakes on one connection but what a relay sends of several events. */
  readonly isOrdered: boolean;
  readonly send: (frame: string) => void;
  /** Resolves when there is somebody to send to. */
  readonly opened: Promise<void>;
  readonly onFault: (fault: LaneFault) => void;
}

/** Frames that wait in one lane; the connection of a client with more is as good as dead. */
const MAX_WAITING = 20_000;

/** One direction of a connection. Frames wait in a row; events may be repeated, or overtaken by the event behind them. */
export class FrameLane {
  readonly #parts: LaneParts;
  readonly #waiting: string[] = [];
  readonly #closing = new AbortController();
  #isRunning = false;
  #isSilent = false;

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  get isSilent(): boolean {
    return this.#isSilent;
  }

  push(frame: string): void {
    if (this.#isSilent || this.#closing.signal.aborted || this.#waiting.length >= MAX_WAITING) return;
    this.#waiting.push(frame);
    if (!this.#isRunning) void this.#run();
  }

  /** Drops what waits and whatever comes, as a line does of which one end is gone. */
  silence(): void {
    this.#isSilent = true;
    this.#waiting.length = 0;
  }

  close(): void {
    this.silence();
    this.#closing.abort();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    const { random, weather, opened, onFault } = this.#parts;
    const { signal } = this.#closing;
    await Promise.race([opened, new Promise((resolve) => signal.addEventListener('abort', resolve))]);
    while (this.#waiting.length > 0) {
      const { delayMs, charsPerSecond, repeated, lostOks } = weather();
      const length = this.#waiting[0]?.length ?? 0;
      const waitMs = delayMs * random() + (charsPerSecond === null ? 0 : (length / charsPerSecond) * 1000);
      if (waitMs >= 1) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      const frame = this.#take();
      if (frame === undefined) break;
      if (frame.startsWith('["OK"') && random() < lostOks) {
        onFault('lost');
        continue;
      }
      this.#parts.send(frame);
      if (isEvent(frame) && random() < repeated) {
        onFault('repeated');
        this.#parts.send(frame);
      }
    }
    this.#isRunning = false;
  }

  /** The next frame: the first, or the one behind it when both are events and may change places. */
  #take(): string | undefined {
    const { isOrdered, random, weather, onFault } = this.#parts;
    const [first, second] = this.#waiting;
    const maySwap = !isOrdered && first !== undefined && second !== undefined;
    if (!maySwap || !isEvent(first) || !isEvent(second) || random() >= weather().swapped)
      return this.#waiting.shift();
    onFault('swapped');
    return this.#waiting.splice(1, 1)[0];
  }
}

function isEvent(frame: string): boolean {
  return frame.startsWith('["EVENT"');
}
