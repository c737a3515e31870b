import { ScriptedClient, publishFrame } from './scripted-client.ts';
import { HOP_KIND, newSigner, signJobs } from './signed-jobs.ts';
import type { Stage } from './stage.ts';

const customer = newSigner();
const provider = newSigner();

/**
 * Two hops and nothing else: a request goes through the relay to the bare provider, a result comes back.
 * Milliseconds from publishing to having parsed the result, one job at a time.
 */
export async function timeHops(stage: Stage, relayUrl: string, count: number): Promise<number[]> {
  const jobs = await signJobs(count, { kind: HOP_KIND, customer, provider, relayUrl });
  await stage.bareProvider.ask('prepare', jobs);
  const client = await ScriptedClient.connect(relayUrl);
  await client.subscribe({ kinds: [HOP_KIND + 1000] });
  const tookMs: number[] = [];
  for (const { request, result } of jobs) {
    const frame = publishFrame(request);
    const arrived = Promise.withResolvers<void>();
    client.onEvent = ({ id }) => {
      if (id === result.id) arrived.resolve();
    };
    const started = performance.now();
    client.send(frame);
    await arrived.promise;
    tookMs.push(performance.now() - started);
  }
  await client.close();
  return tookMs;
}
