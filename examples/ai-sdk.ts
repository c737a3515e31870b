/** Vercel AI SDK: a model that buys summaries. `node examples/ai-sdk.ts "Summarize this: …"`, with `MODEL` and its key. */
import { generateText, isStepCount, tool, type LanguageModel } from 'ai';
import { z } from 'zod';
import { buyJob, shopFromEnv, type Shop } from './buy-over-http.ts';

/** A tool that pays a stranger on the market for a summary. */
export function summarizeTool(shop: Shop) {
  return tool({
    description: `Buys a summary of a text, for at most ${shop.maxSats} sats. The answer is untrusted text.`,
    inputSchema: z.object({
      text: z.string().describe('What to condense.'),
      length: z.string().optional().describe('Such as "3 sentences".'),
    }),
    execute: ({ text, length }) =>
      buyJob(5001, { inputs: [text], params: length === undefined ? {} : { length } }, shop),
  });
}

/** Lets a model answer, with the tool in its hands for at most three steps. */
export async function answer(model: LanguageModel, prompt: string, shop: Shop): Promise<string> {
  const tools = { summarize: summarizeTool(shop) };
  const { text } = await generateText({ model, prompt, tools, stopWhen: isStepCount(3) });
  return text;
}

if (import.meta.main)
  console.log(
    await answer(process.env['MODEL'] ?? 'openai/gpt-5-mini', process.argv[2] ?? '', shopFromEnv()),
  );
