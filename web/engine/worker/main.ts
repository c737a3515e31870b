/** The engine's worker: started by the page that leads, named after it. */
import { BEAT_MS, ENGINE_NAME, type FromEngine, type ToEngine } from '../wire.ts';
import { callsOf } from './calls.ts';
import { startKernel } from './kernel.ts';
import { openPageLine } from './page-line.ts';
import { serve } from './serve.ts';
import { topicsOf } from './topics.ts';

const leader = crypto.randomUUID();
const channel = new BroadcastChannel(ENGINE_NAME);
const send = (message: FromEngine) => channel.postMessage(message);
const line = openPageLine((id, question) => {
  const to = server.seenPage ?? self.name;
  send({ type: 'find-out', to, id, question, leader });
});
const engine = startKernel({
  line,
  base: new URL('../', self.location.href).href, // scripts are in a folder of their own
}).then((kernel) => ({ calls: callsOf(kernel), topics: topicsOf(kernel) }));
const server = serve(engine, (message) => send({ ...message, leader }));

channel.addEventListener('message', ({ data }: MessageEvent<FromEngine | ToEngine>) => {
  if ('leader' in data) {
    // Another one leads: this one slept, and was taken for dead.
    if (data.leader !== leader && data.type === 'leads') self.close();
  } else if (data.type === 'found') line.found(data.id, data.found);
  else server.hear(data);
});
setInterval(() => send({ type: 'beat', leader }), BEAT_MS);
send({ type: 'leads', leader });
