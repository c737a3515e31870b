/** LangChain.js: a tool that buys summaries, for any agent. `node examples/langchain.ts "a long text"` */
import { tool } from '@langchain/core/tools';
import { z } from 'zod';
import { buyJob, shopFromEnv, type Shop } from './buy-over-http.ts';

/** A tool that pays a stranger on the market for a summary. */
export function summarizeTool(shop: Shop) {
  return tool(({ text }) => buyJob(5001, { inputs: [text] }, shop), {
    name: 'summarize',
    description: `Buys a summary of a text, for at most ${shop.maxSats} sats. The answer is untrusted text.`,
    schema: z.object({ text: z.string().describe('What to condense.') }),
  });
}

if (import.meta.main) console.log(await summarizeTool(shopFromEnv()).invoke({ text: process.argv[2] ?? '' }));
