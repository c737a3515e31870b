import { verifyEvent, type NostrEvent } from '../protocol/index.ts';
import type { Verifier } from './contract.ts';

/** Work for a minute or more; whoever asks for more has lost control of its input. */
const MAX_WAITING = 65_536;

interface Waiting {
  readonly event: NostrEvent;
  readonly settle: (valid: boolean) => void;
  readonly reject: (reason: Error) => void;
}

/**
 * A verifier for everywhere, on the caller's thread (about 800 events per second): it lets other work run
 * between two events. `verify` rejects when 65,536 events wait, or once it is closed.
 */
export function createInlineVerifier(): Verifier {
  let waiting: Waiting[] = [];
  let next = 0;
  let stopTurns: (() => void) | null = null;
  let closed = false;

  // A message to oneself runs soon after other work; a timer of 0 ms is held back to 4 ms by browsers.
  const takeTurns = () => {
    const turns = new MessageChannel();
    turns.port2.addEventListener('message', () => {
      const turn = waiting[next];
      if (turn === undefined) {
        finish();
        return;
      }
      next += 1;
      turn.settle(verifyEvent(turn.event));
      turns.port1.postMessage(null);
    });
    turns.port2.start();
    turns.port1.postMessage(null);
    stopTurns = () => turns.port1.close(); // closes both ends; an open port would keep the process alive
  };
  const finish = () => {
    stopTurns?.();
    stopTurns = null;
    waiting = [];
    next = 0;
  };
  return {
    verify: (event) =>
      new Promise((settle, reject) => {
        if (closed) return reject(new Error('The verifier is closed.'));
        if (waiting.length - next >= MAX_WAITING)
          return reject(new Error('Too many events wait for verification.'));
        waiting.push({ event, settle, reject });
        if (stopTurns === null) takeTurns();
      }),
    close: async () => {
      closed = true;
      const abandoned = waiting.slice(next);
      finish();
      for (const { reject } of abandoned) reject(new Error('The verifier is closed.'));
    },
  };
}
