import { parentPort, type MessagePort } from 'node:worker_threads';
import { openBankService, type BankService } from './bank-service.ts';
import type { CallMessage, FromThread, ToThread } from './calls.ts';
import { loadLdk } from './ldk.ts';

/** The entry of the bank's thread: LDK computes for tens of milliseconds at a time, which no server should wait for. */
if (parentPort === null) throw new Error('the bank runs in a worker thread; start it with openBank');
await serve(parentPort);

async function serve(port: MessagePort): Promise<void> {
  const post = (message: FromThread): void => port.postMessage(message);
  const clock = callersClock();
  let service: Promise<BankService> | null = null;

  const breakDown = (error: unknown): void => {
    post({ type: 'broken', reason: error instanceof Error ? error.message : String(error) });
    process.exit(1); // ends this thread: LDK may be in any state, the file is in its last good one
  };
  process.on('uncaughtException', breakDown);

  port.on('message', (message: ToThread) => {
    if (message.type === 'open') {
      clock.set(message.now);
      service = openBankService(message.settings, () => clock.now(), {
        onNotice: (role, notification) => post({ type: 'notice', role, notification }),
        onWorn: () => post({ type: 'worn' }),
        onBroken: breakDown,
      });
      service.then(() => post({ type: 'ready' }), breakDown);
    } else if (message.type === 'call') {
      clock.set(message.now);
      answer(message).catch(breakDown);
    } else close().catch(breakDown);
  });

  async function answer(message: CallMessage): Promise<void> {
    if (service === null) throw new Error('a call before the bank was opened');
    const outcome = await (await service).answer(message);
    post({ type: 'answer', id: message.id, outcome });
  }

  async function close(): Promise<void> {
    await (await service)?.close();
    post({ type: 'closed' });
    port.close();
  }

  await loadLdk();
  post({ type: 'loaded' });
}

/** Unix seconds as the callers see them: their last word on it, and the time that passed since. */
function callersClock(): { now(): number; set(unixSeconds: number): void } {
  let told = 0;
  let toldAt = performance.now();
  return {
    now: () => Math.floor(told + (performance.now() - toldAt) / 1000),
    set: (unixSeconds) => {
      told = unixSeconds;
      toldAt = performance.now();
    },
  };
}
