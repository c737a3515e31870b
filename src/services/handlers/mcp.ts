import type { Tool } from '@modelcontextprotocol/client';
import {
  failure,
  satsToMsat,
  success,
  kindContract,
  type KindContract,
  type Msat,
  type Outcome,
} from '../../protocol/index.ts';
import {
  JobFailure,
  type JobContext,
  type JobHandler,
  type JobOutput,
  type JobProgress,
  type PricingPolicy,
} from '../../provider/index.ts';
import { checked, toolArguments, toolParams } from './mcp-arguments.ts';
import { parseJson } from './handler-message.ts';
import { toolOutput } from './mcp-output.ts';
import { connectMcp, type McpConnection, type McpSource } from './mcp-server.ts';
import { createFeed } from './message-feed.ts';
import { createProgramWords, type ProgramWords, type TellOperator } from './program-words.ts';
import { createRevival, type Revival } from './revival.ts';

/** The kind of tool calls (DVMCP of 2024); a tool may be sold as any other kind as well. */
export const TOOL_CALL_KIND = 5910;

/** Which tools of a server are sold, and for how much each. */
export interface McpSale {
  readonly source: McpSource;
  readonly kind: number;
  /** Tool → price in sats, `null` for the price of the service; without it all tools are sold. */
  readonly tools?: ReadonlyMap<string, number | null>;
  readonly timeoutMs: number;
  /** Hears what a server that is a program says of its work. */
  readonly tellOperator: TellOperator;
}

/** A tool server whose tools can be sold. */
export interface OpenMcp {
  readonly handler: JobHandler;
  readonly contract: KindContract;
  /** The tools that requests may name by the parameter `tool`. */
  readonly toolNames: readonly string[];
  readonly about: string;
  /** Says what each tool costs where that is not the same for all. */
  readonly pricing: (usualMsat: Msat) => PricingPolicy | null;
  readonly close: () => Promise<void>;
}

/**
 * Connects to a tool server and sells its tools. When the server dies, its jobs fail with `service-unavailable`, and
 * the next job starts it anew. Fails with `mcp-unavailable`, `key-missing`, or `tool-missing`.
 */
export async function openMcp(sale: McpSale, signal: AbortSignal): Promise<Outcome<OpenMcp>> {
  const { source, tellOperator } = sale;
  const words = createProgramWords('command' in source ? source : {}, tellOperator);
  const server = createRevival<McpConnection>((closing) => connectMcp(source, words, closing));
  const first = await server.get(signal);
  const sold = first.ok ? soldTools(sale, first.value.tools) : first;
  if (!sold.ok) {
    await server.close();
    return sold;
  }
  const tools = sold.value;
  return success({
    toolNames: [...tools.keys()],
    about: [...tools.values()].map((tool) => tool.description ?? tool.name).join(' '),
    contract: contractOf(sale.kind, [...tools.values()]),
    handler: (job) => callTool({ sale, server, tools, words }, job),
    pricing: (usualMsat) => toolPricing(sale, tools, usualMsat),
    close: () => server.close(),
  });
}

function soldTools({ tools: wanted }: McpSale, tools: readonly Tool[]): Outcome<ReadonlyMap<string, Tool>> {
  const known = new Map(tools.map((tool) => [tool.name, tool]));
  const missing = [...(wanted?.keys() ?? [])].filter((name) => !known.has(name));
  if (missing.length > 0 || known.size === 0)
    return failure(
      'tool-missing',
      `The MCP server has no tool ${missing.join(', ') || 'at all'}; it has ${[...known.keys()].join(', ')}.`,
      { missing },
    );
  return success(new Map([...known].filter(([name]) => wanted?.has(name) ?? true)));
}

/** One tool's arguments are parameters of the job; where there are more tools, `tool` says which. */
function contractOf(kind: number, tools: readonly Tool[]): KindContract {
  const { name, category, status, source } = kindContract(kind);
  const [tool] = tools;
  const params =
    tool !== undefined && tools.length === 1
      ? toolParams(tool)
      : [
          {
            name: 'tool',
            description: 'Which tool to call. Its arguments are parameters, or JSON in the input.',
            required: false,
            expected: true as const,
            arity: 1,
            values: tools.map((each) => each.name),
          },
        ];
  return {
    kind,
    name,
    category,
    status,
    source,
    about: tools.map(({ name: each, description = '' }) => `${each}: ${description}`).join('\n'),
    bare: true,
    inputs: [
      {
        types: null,
        min: 0,
        max: 1,
        marker: null,
        description: 'The arguments as JSON, or the one text that the tool needs.',
      },
    ],
    params,
    outputs: ['application/json', 'text/plain'],
  };
}

/** What calls are made with. */
interface Calling {
  readonly sale: McpSale;
  readonly server: Revival<McpConnection>;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly words: ProgramWords;
}

async function* callTool(
  { sale, server, tools, words }: Calling,
  job: JobContext,
): AsyncGenerator<JobProgress, JobOutput> {
  const request = dvmcpRequest(job.request);
  if (request?.asks === 'list-tools') return listOf(tools);
  const tool = toolOf(tools, request?.tool ?? job.params.get('tool')?.[0] ?? null);
  if (tool === null)
    throw new JobFailure('invalid-params', `Name one of the tools ${[...tools.keys()].join(', ')}.`);
  const args = request === null ? toolArguments(tool, job) : checked(tool, request.args);
  const connection = await server.get(job.signal);
  if (!connection.ok)
    throw new JobFailure('service-unavailable', 'The tool server is not there.', { retryable: true });
  const feed = createFeed<JobProgress>();
  const left = new AbortController();
  const isOver = words.during(job.request.id);
  const calling = connection.value.call(tool, args, {
    signal: AbortSignal.any([job.signal, left.signal]),
    timeoutMs: sale.timeoutMs,
    onProgress: (progress) => feed.add({ type: 'progress', ...progress }),
  });
  const ended = calling.then(
    () => feed.end(),
    (error: unknown) => feed.end(error),
  );
  try {
    yield* feed.items();
    const result = await calling;
    return request === null
      ? toolOutput(result, job.outputs)
      : { content: JSON.stringify(result), mediaType: 'application/json' };
  } finally {
    left.abort(new Error('The job has ended.'));
    await ended;
    isOver();
  }
}

function toolOf(tools: ReadonlyMap<string, Tool>, named: string | null): Tool | null {
  const [first] = tools.values();
  if (named !== null) return tools.get(named) ?? null;
  return tools.size === 1 ? (first ?? null) : null;
}

function listOf(tools: ReadonlyMap<string, Tool>): JobOutput {
  const listed = [...tools.values()].map(({ name, description, inputSchema }) => ({
    name,
    description,
    inputSchema,
  }));
  return { content: JSON.stringify({ tools: listed }), mediaType: 'application/json' };
}

type DvmcpRequest =
  | { readonly asks: 'list-tools'; readonly tool: null }
  | {
      readonly asks: 'execute-tool';
      readonly tool: string;
      readonly args: Readonly<Record<string, unknown>>;
    };

/** What a request of DVMCP asks: the `c` tag says what, the content is JSON with name and parameters. */
function dvmcpRequest(request: JobContext['request']): DvmcpRequest | null {
  const asks = request.event.tags.find(([name]) => name === 'c')?.[1];
  if (asks === 'list-tools') return { asks, tool: null };
  if (asks !== 'execute-tool') return null;
  const json = parseJson(request.content);
  if (typeof json !== 'object' || json === null || !('name' in json) || typeof json.name !== 'string')
    return null;
  const args = 'parameters' in json ? json.parameters : {};
  return { asks, tool: json.name, args: typeof args === 'object' && args !== null ? { ...args } : {} };
}

/** What a job costs by the tool that it names; to see the list of tools costs as little as the cheapest. */
function toolPricing(
  { tools: prices }: McpSale,
  tools: ReadonlyMap<string, Tool>,
  usualMsat: Msat,
): PricingPolicy | null {
  const priceOf = (name: string): Msat => {
    const sats = prices?.get(name) ?? null;
    return sats === null ? usualMsat : satsToMsat(sats);
  };
  const all = [...tools.keys()].map(priceOf);
  const fromMsat = all.reduce((least, price) => (price < least ? price : least), all[0] ?? usualMsat);
  if (all.every((price) => price === fromMsat) && fromMsat === usualMsat) return null;
  return {
    fromMsat,
    isFixed: all.every((price) => price === fromMsat),
    measuresUrls: false,
    rivalry: null,
    covers: () => true,
    price: ({ request }) => {
      const asked = dvmcpRequest(request);
      const tool =
        asked?.asks === 'list-tools'
          ? null
          : toolOf(tools, asked?.tool ?? request.params.get('tool')?.[0] ?? null);
      return success({
        amountMsat: tool === null ? fromMsat : priceOf(tool.name),
        note: tool === null ? null : tool.name,
      });
    },
  };
}
