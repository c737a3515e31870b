/**
 * The other end of two bare hops: `bare-provider-process.ts <relay url>…` answers each request with the result
 * event that was made for it beforehand.
 */
import { HOP_KIND, type SignedJob } from './signed-jobs.ts';
import { serveParent } from './parent.ts';
import { publishFrame, ScriptedClient } from './scripted-client.ts';

const results = new Map<string, string>();
const clients = await Promise.all(process.argv.slice(2).map(answerOn));

serveParent({
  commands: {
    prepare(jobs: readonly SignedJob[]) {
      results.clear();
      for (const { request, result } of jobs) results.set(request.id, publishFrame(result));
    },
  },
  close: async () => {
    await Promise.all(clients.map((client) => client.close()));
  },
});

async function answerOn(relayUrl: string): Promise<ScriptedClient> {
  const client = await ScriptedClient.connect(relayUrl);
  client.onEvent = ({ id }) => {
    const result = results.get(id);
    if (result !== undefined) client.send(result);
  };
  await client.subscribe({ kinds: [HOP_KIND] });
  return client;
}
