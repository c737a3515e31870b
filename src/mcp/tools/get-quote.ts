import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { SUPPORTED_EXCHANGES, type Wish } from '../../customer/index.ts';
import { INPUT_TYPES, satsToMsat } from '../../protocol/index.ts';
import { MADE_BY } from '../agent-jobs.ts';
import type { Shop } from '../shop.ts';
import { answer, failed, toolFailure } from '../tool-answer.ts';
import { findPurchase, JobWithQuotes, jobUnknown, showJob } from './show-job.ts';
import { progressTeller } from './waiting.ts';

const MAX_INPUT_CHARS = 100_000;
const MAX_INPUTS = 16;

const JobInput = z.object({
  type: z
    .enum(INPUT_TYPES)
    .describe('text, url, event (a Nostr event id) or job (the job_id of an earlier job).'),
  data: z.string().min(1).max(MAX_INPUT_CHARS),
  marker: z.string().max(50).optional(),
});

const Input = z.object({
  kind: z.number().int().min(5000).max(5999).describe('The job kind; search_services names them.'),
  input: z
    .union([z.string().min(1).max(MAX_INPUT_CHARS), z.array(JobInput).max(MAX_INPUTS)])
    .default([])
    .describe('A text or a URL, or a list of typed inputs. Everything given here becomes public on relays.'),
  params: z
    .record(z.string(), z.union([z.string(), z.array(z.string())]))
    .default({})
    .describe('Parameters of the kind, all as text.'),
  outputs: z.array(z.string()).max(8).optional().describe('Wanted media types, best first.'),
  max_sats: z.number().int().nonnegative().describe('Offers that ask for more are left out.'),
  providers: z
    .array(z.string().regex(/^[0-9a-f]{64}$/))
    .max(20)
    .optional()
    .describe('Asks only these public keys.'),
  exchanges: z
    .array(z.enum(SUPPORTED_EXCHANGES))
    .optional()
    .describe('Accepts only these ways to pay; all that are supported unless told.'),
  encrypted: z
    .boolean()
    .default(false)
    .describe('Shows the job to nobody but the one provider that is named.'),
  deadline_seconds: z
    .number()
    .int()
    .min(10)
    .max(86_400)
    .default(600)
    .describe('How long choosing, paying and the work may take together.'),
  wait_seconds: z.number().int().min(0).max(60).default(10).describe('How long to wait for offers.'),
});

/** Adds `get_quote`: asks the market what a job costs. */
export function addGetQuote(server: McpServer, shop: Shop): void {
  server.registerTool(
    'get_quote',
    {
      title: 'Get quotes',
      description:
        'Asks the market what a job costs, and returns the offers that can be bought, with who risks what. It posts a public request and pays nothing. Each quote_id is good for one purchase of one offer. When no offer is here yet, look again with job_status.',
      inputSchema: Input,
      outputSchema: JobWithQuotes,
      annotations: {
        readOnlyHint: false,
        destructiveHint: false,
        idempotentHint: false,
        openWorldHint: true,
      },
    },
    async (args, context) => {
      const asked = await shop.customer.buy(wishOf(args));
      if (!asked.ok)
        return failed(toolFailure(asked.failure, 'Correct the arguments and call get_quote again.'));
      const { requestId } = asked.value;
      const tell = progressTeller(context);
      shop.jobs.follow(asked.value);
      await shop.jobs.wait(requestId, {
        ms: args.wait_seconds * 1000,
        signal: context.mcpReq.signal,
        listen: (update) => {
          tell(update);
          return update.type === 'awaiting-approval';
        },
      });
      const purchase = await findPurchase(shop, requestId);
      return purchase === null ? failed(jobUnknown(requestId)) : answer(await showJob(shop, purchase));
    },
  );
}

function wishOf(args: z.infer<typeof Input>): Wish {
  const { kind, input, params, outputs, providers, exchanges } = args;
  return {
    kind,
    inputs: typeof input === 'string' ? [textOrUrl(input)] : input.map(typedInput),
    params,
    maxAmountMsat: satsToMsat(args.max_sats),
    deadlineSeconds: args.deadline_seconds,
    approval: 'ask',
    madeBy: MADE_BY,
    ...(outputs === undefined ? {} : { outputs }),
    ...(providers === undefined ? {} : { targets: providers }),
    ...(exchanges === undefined ? {} : { exchanges }),
    ...(args.encrypted ? { encrypted: true } : {}),
  };
}

function textOrUrl(input: string): { readonly data: string; readonly type: string } {
  const isUrl = /^https?:\/\/\S+$/i.test(input) && URL.canParse(input);
  return { data: input, type: isUrl ? 'url' : 'text' };
}

function typedInput({
  type,
  data,
  marker,
}: z.infer<typeof JobInput>): Exclude<Wish['inputs'][number], string> {
  return { type, data, ...(marker === undefined ? {} : { marker }) };
}
