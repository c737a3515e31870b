import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Client,
  StreamableHTTPClientTransport,
  type CallToolRequestOptions,
} from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { unixNow } from '../../src/clock/index.ts';
import { createNwcConnection, memoryNwcConnections, serveNwc } from '../../src/money/index.ts';
import { orThrow } from '../../src/protocol/index.ts';
import { service, type JobHandler } from '../../src/provider/index.ts';
import { BUNDLED_BIN, commandEnv } from '../cli/coinop.ts';
import { openBuyingStage } from '../customer/stage.ts';
import { ownersGrant } from '../fixtures/nwc-market.ts';
import { openSeller, type Seller } from '../provider/stage.ts';

/** What is sold: at once for 5 sat (one kind that is known well), when the gate opens for 5 sat, at once for 60 sat, for what a person says. */
export const KINDS = { cheap: 5050, summary: 5001, gated: 5051, dear: 5052, byHand: 5053 } as const;

/** A market with a seller, and a home whose wallet is the bank's customer. */
export interface AgentStage {
  readonly home: string;
  /** The environment in which commands find wallet and relay. */
  readonly env: Readonly<Record<string, string>>;
  readonly seller: Seller;
  /** Lets the gated jobs end. */
  openGate(): void;
  /** Payments that left the bank's customer for good, so far. */
  paid(): Promise<number>;
  close(): Promise<void>;
}

/** Opens a market of real parts: relay, Lightning, a wallet over NWC, a provider that sells three kinds. */
export async function openAgentStage(): Promise<AgentStage> {
  const stage = await openBuyingStage();
  const home = await mkdtemp(join(tmpdir(), 'coinop-mcp-'));
  const relayUrls = [stage.relayUrl];
  const { uri, ...keys } = createNwcConnection({ relayUrls });
  const wallets = await serveNwc({
    wallet: stage.bank.wallet('customer'),
    relays: stage.openPool(),
    relayUrls,
    connections: memoryNwcConnections([ownersGrant(keys)]),
    now: unixNow,
  });
  let gate = Promise.withResolvers<void>();
  const shout: JobHandler = async ({ text }) => text.toUpperCase();
  const joined: JobHandler = async ({ inputs }) => inputs.map(({ text }) => text).join(' + ');
  const gated: JobHandler = async ({ text, signal }) => {
    await Promise.race([gate.promise, once(signal, 'abort')]);
    return text.toUpperCase();
  };
  const seller = await openSeller(stage, [
    service({ kind: KINDS.cheap, priceSats: 5, handler: shout, name: 'Shouter' }),
    service({ kind: KINDS.summary, priceSats: 5, handler: shout }),
    service({ kind: KINDS.gated, priceSats: 5, handler: gated }),
    service({ kind: KINDS.dear, priceSats: 60, handler: shout }),
    service({ kind: KINDS.byHand, quotedByHand: true, exchanges: ['prepay'], handler: joined }),
  ]);
  return {
    home,
    seller,
    env: commandEnv(home, { NWC_URL: uri, COINOP_RELAYS: stage.relayUrl }),
    openGate() {
      gate.resolve();
      gate = Promise.withResolvers();
    },
    async paid() {
      const payments = orThrow(await stage.bank.wallet('customer').list({ limit: 200 }));
      return payments.filter(({ direction, state }) => direction === 'outgoing' && state === 'settled')
        .length;
    },
    async close() {
      await seller.close();
      await wallets.close();
      await stage.sweep();
      await stage.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** What a tool said. */
export interface Said {
  /** The structured answer; empty for failures. */
  readonly is: Readonly<Record<string, unknown>>;
  /** The failure; `null` when it worked. */
  readonly error: Readonly<Record<string, unknown>> | null;
  readonly texts: readonly string[];
}

/** An MCP client at work. */
export interface Agent {
  readonly client: Client;
  call(tool: string, args: object, options?: CallToolRequestOptions): Promise<Said>;
  /** Ends the server the hard way, and waits for its end. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** How a client is: which protocol it speaks, and how its person answers questions. */
export interface ClientTraits {
  readonly mode?: 'legacy' | 'auto';
  /** Without it the client cannot ask anybody. */
  readonly person?: (question: string) => 'accept' | 'decline';
}

/** Starts `coinop mcp` as a client does, and connects over its stdin and stdout. */
export async function startAgent(
  { home, env }: Pick<AgentStage, 'home' | 'env'>,
  flags: readonly string[] = [],
  traits: ClientTraits = {},
): Promise<Agent> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [BUNDLED_BIN, 'mcp', ...flags],
    env: { ...env },
    cwd: home,
    stderr: 'pipe',
  });
  const client = newClient(traits);
  let said = '';
  transport.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await client.connect(transport).catch((error: unknown) => {
    throw new Error(`The server said: ${said}`, { cause: error });
  });
  const ended = new Promise<void>((resolve) => {
    Object.assign(client, { onclose: resolve });
  });
  return {
    ...agentOf(client),
    async kill() {
      const { pid } = transport;
      if (pid === null) throw new Error('The server is not there.');
      process.kill(pid, 'SIGKILL');
      await ended;
    },
  };
}

/** Connects to a server over HTTP. */
export async function connectAgent(url: string, token: string, traits: ClientTraits = {}): Promise<Agent> {
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  });
  const client = newClient(traits);
  await client.connect(transport);
  return { ...agentOf(client), kill: () => Promise.reject(new Error('It is no child of ours.')) };
}

function newClient({ mode = 'legacy', person }: ClientTraits): Client {
  const client = new Client(
    { name: 'test', version: '1.0.0' },
    {
      versionNegotiation: { mode },
      capabilities: person === undefined ? {} : { elicitation: { form: {} } },
    },
  );
  if (person !== undefined)
    client.setRequestHandler('elicitation/create', ({ params }) => {
      const action = person(params.message);
      return action === 'accept' ? { action, content: { approve: true } } : { action };
    });
  return client;
}

function agentOf(client: Client): Pick<Agent, 'client' | 'call' | 'close'> {
  return {
    client,
    close: () => client.close(),
    async call(tool, args, options) {
      const result = await client.callTool({ name: tool, arguments: { ...args } }, options);
      const texts = result.content.flatMap((block) => (block.type === 'text' ? [block.text] : []));
      const error = result.isError === true ? readError(texts[0] ?? '') : null;
      return { is: (result.structuredContent ?? {}) as Said['is'], error, texts };
    },
  };
}

function readError(text: string): Said['error'] {
  try {
    return (JSON.parse(text) as { readonly error: Said['error'] }).error;
  } catch {
    return { code: 'unreadable', message: text };
  }
}

/** Asks for a quote and returns the id of the recommended one. */
export async function quoteFor(agent: Agent, kind: number, more: object = {}): Promise<string> {
  const asked = await agent.call('get_quote', {
    kind,
    input: 'a red fox',
    max_sats: 100,
    wait_seconds: 30,
    ...more,
  });
  const { recommended } = asked.is;
  if (typeof recommended !== 'string') throw new Error(JSON.stringify(asked));
  return recommended;
}
