import {
  Client,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  StreamableHTTPClientTransport,
  type CallToolResult,
  type Tool,
  type Transport,
} from '@modelcontextprotocol/client';
import { failure, success, type Outcome } from '../../protocol/index.ts';
import { JobFailure, type JobContext } from '../../provider/index.ts';
import { readSecret, type SecretSource } from '../secret-source.ts';
import { scrubbedEnvironment, type GivenEnvironment } from './handler-environment.ts';
import { ProcessTransport } from './mcp-process.ts';
import { programOf } from './command-line.ts';
import type { ProgramWords } from './program-words.ts';
import { untilAborted, type Mortal } from './revival.ts';

/** Where a tool server is: a program that speaks MCP over its standard input and output, or a URL (streamable HTTP). */
export type McpSource =
  | (GivenEnvironment & {
      /** A program and its arguments, or a line for `/bin/sh`. */
      readonly command: readonly string[] | string;
    })
  | { readonly url: string; readonly tokenFrom?: SecretSource };

/** A tool server that is connected. */
export interface McpConnection extends Mortal {
  readonly tools: readonly Tool[];
  /**
   * Calls a tool. Throws `JobFailure` with `invalid-params`, `handler-failed` (the server says no), `handler-timeout`
   * or `service-unavailable` (the connection is lost, and closed); rejects on abort, which the server is told.
   */
  call(
    tool: Tool,
    args: Readonly<Record<string, unknown>>,
    job: Pick<JobContext, 'signal'> & {
      readonly timeoutMs: number;
      readonly onProgress: (note: Progress) => void;
    },
  ): Promise<CallToolResult>;
}

/** How far a tool says it is. */
export interface Progress {
  readonly note: string;
  /** 0 to 1. */
  readonly fraction?: number;
}

const CONNECT_TIMEOUT_MS = 20_000;
const INVALID_PARAMS = -32602;

/** Connects and lists the tools. Fails with `mcp-unavailable` or `key-missing`. */
export async function connectMcp(
  source: McpSource,
  words: ProgramWords,
  signal: AbortSignal,
): Promise<Outcome<McpConnection>> {
  const transport = await transportTo(source, words);
  if (!transport.ok) return transport;
  const client = new Client({ name: 'coinop', version: '1' }, { capabilities: {} });
  const ended = Promise.withResolvers<void>();
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the SDK knows no other way
  client.onclose = () => ended.resolve();
  const close = async (): Promise<void> => {
    await client.close().catch(() => undefined);
    ended.resolve();
  };
  try {
    const limits = { timeout: CONNECT_TIMEOUT_MS };
    await untilAborted(client.connect(transport.value, limits), signal);
    const { tools } = await untilAborted(client.listTools(undefined, limits), signal);
    return success({
      tools,
      ended: ended.promise,
      close,
      call: (tool, args, job) => callTool(client, close, { tool, args, ...job }),
    });
  } catch (error) {
    await transport.value.close().catch(() => undefined);
    await close();
    if (signal.aborted) throw error;
    const where = 'url' in source ? source.url : (programOf(source.command) ?? 'of this command');
    return failure('mcp-unavailable', `The MCP server ${where} cannot be started or does not answer.`);
  }
}

async function transportTo(source: McpSource, words: ProgramWords): Promise<Outcome<Transport>> {
  if ('command' in source) {
    const { command } = source;
    const run = typeof command === 'string' ? ['/bin/sh', '-c', `exec ${command}`] : command;
    return success(new ProcessTransport(run, scrubbedEnvironment(source), words));
  }
  const token = source.tokenFrom ? await readSecret(source.tokenFrom) : '';
  if (token === null) return failure('key-missing', `The key for ${source.url} is absent or empty.`);
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
  const transport = new StreamableHTTPClientTransport(new URL(source.url), { requestInit: { headers } });
  return success(transport);
}

async function callTool(
  client: Client,
  close: () => Promise<void>,
  {
    tool,
    args,
    signal,
    timeoutMs,
    onProgress,
  }: Parameters<McpConnection['call']>[2] & {
    readonly tool: Tool;
    readonly args: Readonly<Record<string, unknown>>;
  },
): Promise<CallToolResult> {
  try {
    return await client.callTool(
      { name: tool.name, arguments: { ...args } },
      {
        signal,
        timeout: timeoutMs,
        maxTotalTimeout: timeoutMs,
        toolDefinition: tool,
        onprogress: ({ progress, total, message }) =>
          onProgress({
            note: message ?? '',
            ...(total !== undefined && total > 0
              ? { fraction: Math.min(Math.max(progress / total, 0), 1) }
              : {}),
          }),
      },
    );
  } catch (error) {
    signal.throwIfAborted();
    if (ProtocolError.isInstance(error))
      throw error.code === INVALID_PARAMS
        ? new JobFailure('invalid-params', 'The tool does not take these arguments.')
        : new JobFailure('handler-failed', 'The tool server refused the call.');
    if (SdkError.isInstance(error) && error.code === SdkErrorCode.RequestTimeout)
      throw new JobFailure('handler-timeout', 'The tool took too long.');
    await close(); // the next job connects anew
    throw new JobFailure('service-unavailable', 'The tool server is gone.');
  }
}
