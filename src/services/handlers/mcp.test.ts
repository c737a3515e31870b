import { createMcpHandler } from '@modelcontextprotocol/server';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openHttpStage } from '../../../test/fixtures/http-stage.ts';
import { failureCode, jobContext, resolvedInput, runJob } from '../../../test/fixtures/job-context.ts';
import { createToolServer } from '../../../test/fixtures/mcp-tools.ts';
import { createKindCatalogue, satsToMsat, ZERO_MSAT } from '../../protocol/index.ts';
import type { JobContext } from '../../provider/index.ts';
import { openMcp, type McpSale } from './mcp.ts';

const SERVER = [execPath, fileURLToPath(new URL('../../../test/fixtures/mcp-tools.ts', import.meta.url))];
const never = new AbortController().signal;

type Job = Partial<Parameters<typeof jobContext>[0]>;
const job = ({ text, ...more }: Job & { readonly text?: string } = {}) =>
  jobContext({ kind: 5910, inputs: text === undefined ? [] : [resolvedInput(text)], ...more });
const params = (given: Readonly<Record<string, string | readonly string[]>>): Job => ({
  params: Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, typeof value === 'string' ? [value] : value]),
  ),
});

async function open(more: Partial<McpSale> = {}) {
  const opened = await openMcp(
    { source: { command: SERVER }, kind: 5910, timeoutMs: 20_000, tellOperator: () => undefined, ...more },
    never,
  );
  if (!opened.ok) throw new Error(`${opened.failure.code}: ${opened.failure.message}`);
  onTestFinished(() => opened.value.close());
  return opened.value;
}

/** The request as DVMCP writes it. */
function dvmcp(asks: string, content: unknown): JobContext {
  const context = job();
  const { request } = context;
  const event = { ...request.event, tags: [...request.event.tags, ['c', asks]] };
  return { ...context, request: { ...request, event, content: JSON.stringify(content) } };
}

describe('a tool as a job', () => {
  it('takes its arguments as parameters, as JSON, or as the one text that it needs', async () => {
    const { handler } = await open({ tools: new Map([['echo', 5]]) });
    const say = async (asked: JobContext) => (await runJob(handler, asked)).content;
    expect(await say(job(params({ text: 'hi', times: '2' })))).toBe('hi hi');
    expect(await say(job({ text: '{"text":"from JSON","times":2}' }))).toBe('from JSON from JSON');
    expect(await say(job({ text: '{"text":"x"}', ...params({ text: 'y' }) }))).toBe('y');
    expect(await say(job({ text: 'plain words' }))).toBe('plain words');
    for (const wrong of [
      job(),
      job(params({ text: 'x', times: '4' })),
      job(params({ text: 'x', times: 'two' })),
      job({ text: '{"words":"x"}' }),
      job({ text: 'x', ...params({ tool: 'draw' }) }),
    ])
      expect(await failureCode(handler, wrong)).toBe('invalid-params');
  });

  it('refuses arguments that are nested too deeply to be sent, and stays connected', async () => {
    const { handler } = await open({ tools: new Map([['echo', 5]]) });
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    expect(await failureCode(handler, job({ text: `{"text":"x","more":${deep}}` }))).toBe('invalid-params');
    expect((await runJob(handler, job({ text: 'still here' }))).content).toBe('still here');
  });

  it('reads lists, truths and choices from text', async () => {
    const { handler } = await open({ tools: new Map([['add', null]]) });
    const add = async (given: Parameters<typeof params>[0], outputs?: string[]) =>
      (await runJob(handler, job({ ...params(given), ...(outputs ? { outputs } : {}) }))).content;
    expect(JSON.parse(await add({ numbers: ['1', '2.5'], negate: 'true', unit: 'm' }))).toEqual({
      sum: -3.5,
      unit: 'm',
    });
    expect(await add({ numbers: '[1,2]' }, ['text/plain'])).toBe('The sum is 3');
  });

  it('delivers pictures as files, and says why it failed', async () => {
    const { handler } = await open();
    const drawn = await runJob(handler, job(params({ tool: 'draw' })));
    expect({
      content: drawn.content,
      bytes: [...(drawn.file?.bytes ?? [])],
      type: drawn.file?.mediaType,
    }).toEqual({
      content: 'a dot',
      bytes: [1, 255],
      type: 'image/png',
    });
    await expect(runJob(handler, job(params({ tool: 'fail' })))).rejects.toMatchObject({
      code: 'tool-error',
      message: 'There is no such city.',
    });
    expect(await failureCode(handler, job())).toBe('invalid-params');
  });

  it('is described by its schema', async () => {
    const { contract } = await open({ kind: 5123, tools: new Map([['add', null]]) });
    expect(contract).toMatchObject({
      kind: 5123,
      params: [
        { name: 'numbers', arity: null, expected: true },
        { name: 'negate', values: ['true', 'false'] },
        { name: 'unit', values: ['m', 's'] },
      ],
    });
    const { contract: all, toolNames, about } = await open();
    expect(all.params).toMatchObject([{ name: 'tool', values: toolNames }]);
    expect(about).toContain('Adds numbers.');
    expect(createKindCatalogue([contract, all])).toMatchObject({ ok: true });
  });

  it('answers DVMCP as DVMCP says', async () => {
    const { handler } = await open();
    const listed = JSON.parse((await runJob(handler, dvmcp('list-tools', ''))).content) as {
      tools: unknown[];
    };
    expect(listed.tools).toContainEqual(
      expect.objectContaining({ name: 'echo', inputSchema: expect.any(Object) as object }),
    );
    const run = dvmcp('execute-tool', { name: 'echo', parameters: { text: 'hi' } });
    expect(JSON.parse((await runJob(handler, run)).content)).toMatchObject({
      content: [{ type: 'text', text: 'hi' }],
    });
    expect(await failureCode(handler, dvmcp('execute-tool', { name: 'rob', parameters: {} }))).toBe(
      'invalid-params',
    );
  });

  it('costs what is said for it', async () => {
    const { pricing } = await open({
      tools: new Map([
        ['echo', 5],
        ['add', null],
      ]),
    });
    const policy = pricing(satsToMsat(9));
    const priceOf = ({ request }: JobContext) =>
      policy?.price({ request, size: NOTHING, load: IDLE, record: STRANGER, rivals: [] });
    expect(policy).toMatchObject({ fromMsat: 5000n, isFixed: false });
    expect(priceOf(job(params({ tool: 'echo' })))).toMatchObject({
      value: { amountMsat: 5000n, note: 'echo' },
    });
    expect(priceOf(dvmcp('execute-tool', { name: 'add' }))).toMatchObject({ value: { amountMsat: 9000n } });
    expect(priceOf(dvmcp('list-tools', ''))).toMatchObject({ value: { amountMsat: 5000n } });
    expect((await open()).pricing(satsToMsat(9))).toBeNull();
  });
});

describe('a tool server', () => {
  it('sees nothing of our environment but what is named', async () => {
    vi.stubEnv('COINOP_TEST_SECRET', 'not for tools');
    vi.stubEnv('COINOP_TEST_PASSED', 'for tools');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { handler } = await open({ source: { command: SERVER, passEnv: ['COINOP_TEST_PASSED'] } });
    const { content } = await runJob(handler, job(params({ tool: 'env' })));
    expect(content).toContain('for tools');
    expect(content).not.toContain('not for tools');
  });

  it('is started anew after it died, and ends with the service', async () => {
    const { handler, close } = await open();
    const pid = async () => Number((await runJob(handler, job(params({ tool: 'pid' })))).content);
    const first = await pid();
    expect(await pid()).toBe(first);
    expect(await failureCode(handler, job(params({ tool: 'die' })))).toBe('service-unavailable');
    const second = await pid();
    expect(second).not.toBe(first);
    await close();
    expect(() => process.kill(second, 0)).toThrow('ESRCH');
  });

  it('is told when a job is aborted or takes too long', async () => {
    const { handler } = await open({ timeoutMs: 300 });
    const abort = new AbortController();
    const running = handler(job({ ...params({ tool: 'wait' }), signal: abort.signal }));
    if (!(Symbol.asyncIterator in running)) throw new Error('not a generator');
    expect((await running.next()).value).toEqual({ type: 'progress', note: 'waiting', fraction: 0.25 });
    const next = running.next();
    abort.abort(new Error('the job was cancelled'));
    await expect(next).rejects.toThrow('the job was cancelled');
    expect(await failureCode(handler, job(params({ tool: 'wait' })))).toBe('handler-timeout');
    expect((await runJob(handler, job(params({ tool: 'echo', text: 'still here' })))).content).toBe(
      'still here',
    );
  });

  it('is heard by the operator, with the job that it works on', async () => {
    const told: [words: string, job: string | null][] = [];
    const source = { command: SERVER, env: { CITY_KEY: 'open sesame' } };
    const { handler } = await open({ source, tellOperator: (words, about) => told.push([words, about]) });
    const asked = job(params({ tool: 'mutter' }));
    await runJob(handler, asked);
    await vi.waitFor(() => expect(told).toEqual([['the city key is …', asked.request.id]]), 20_000);
  });

  it('may be somewhere else, and want a token', async () => {
    const mcp = createMcpHandler(createToolServer);
    const tokens: (string | null)[] = [];
    const stage = await openHttpStage((request) => {
      tokens.push(request.headers.get('authorization'));
      return mcp.fetch(request);
    });
    onTestFinished(() => stage.close());
    vi.stubEnv('COINOP_TEST_TOKEN', 'abc');
    onTestFinished(() => void vi.unstubAllEnvs());
    const source = { url: `${stage.origin}/mcp`, tokenFrom: { env: 'COINOP_TEST_TOKEN' } };
    const { handler } = await open({ source });
    expect((await runJob(handler, job(params({ tool: 'echo', text: 'far' })))).content).toBe('far');
    expect(new Set(tokens)).toEqual(new Set(['Bearer abc']));
    vi.stubEnv('COINOP_TEST_TOKEN', '');
    const sale = { source, kind: 5910, timeoutMs: 1000, tellOperator: () => undefined };
    expect(await openMcp(sale, never)).toMatchObject({ failure: { code: 'key-missing' } });
  });

  it.each([
    ['/no/such/server ', { command: ['/no/such/server'] }],
    [execPath, { command: [execPath, '-e', 'process.exit(3)'] }],
    ['echo ', { command: ['echo', 'not a message'] }],
    ['echo ', { command: 'echo not a message' }],
    ['./none.sh ', { command: './none.sh --token abc' }],
    ['http://127.0.0.1:1/mcp', { url: 'http://127.0.0.1:1/mcp' }],
  ])('that cannot be sold is named: %s, %j', async (name, source) => {
    const sale = { source, kind: 5910, timeoutMs: 1000, tellOperator: () => undefined };
    expect(await openMcp(sale, never)).toMatchObject({
      failure: {
        code: 'mcp-unavailable',
        message: expect.stringContaining(`The MCP server ${name}`) as string,
      },
    });
  });

  it('must have the tools that are to be sold', async () => {
    const source = { command: SERVER };
    const tools = new Map([['rob', 1]]);
    const sale = { source, kind: 5910, timeoutMs: 20_000, tellOperator: () => undefined, tools };
    expect(await openMcp(sale, never)).toMatchObject({
      failure: { code: 'tool-missing', data: { missing: ['rob'] } },
    });
  });
});

const NOTHING = { characters: null, words: null, bytes: null, seconds: null, items: 0 };
const IDLE = { running: 0, waiting: 0, concurrency: 1, secondsPerJob: 1 };
const STRANGER = {
  paidSales: 0,
  paidMsat: ZERO_MSAT,
  firstPaidAt: null,
  unpaidSales: 0,
  unpaidMsat: ZERO_MSAT,
  openUnpaidMsat: ZERO_MSAT,
};
