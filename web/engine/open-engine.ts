import { createClient } from './client.ts';
import type { Engine } from './contract.ts';
import { takePart } from './leadership.ts';
import { askExtension } from './page-tools.ts';
import { ENGINE_NAME, type FromEngine, type ToEngine } from './wire.ts';

/** The engine for this page: shared with the other tabs of this origin, of which one runs it. Open it once. */
export function openEngine(): Engine {
  const me = crypto.randomUUID();
  const channel = new BroadcastChannel(ENGINE_NAME);
  const send = (message: ToEngine) => channel.postMessage(message);
  const client = createClient(me, send);
  const leadership = takePart(
    () => new Worker(new URL('./worker/main.ts', import.meta.url), { type: 'module', name: me }),
  );
  channel.addEventListener('message', ({ data }: MessageEvent<FromEngine | ToEngine>) => {
    if (!('leader' in data)) return; // what other pages say is not for us
    leadership.heardBeat();
    if (data.type === 'find-out' && data.to === me) {
      const { id, question } = data;
      void askExtension(question).then((found) => send({ type: 'found', id, found, from: me }));
    } else client.hear(data);
  });
  addEventListener('pagehide', () => send({ type: 'gone', from: me }));
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) client.sayAgain();
  });
  return client;
}
