import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCoinop, type Running } from '../cli/coinop.ts';
import { connectAgent, KINDS, openAgentStage, quoteFor, type AgentStage } from './stage.ts';

const TOKEN = 'a-token-that-nobody-guesses';

let stage: AgentStage;
let server: Running;
let origin: string;
beforeAll(async () => {
  stage = await openAgentStage();
  server = startCoinop(['mcp', '--http', '0', '--approve-above', '50'], {
    home: stage.home,
    env: { ...stage.env, COINOP_MCP_TOKEN: TOKEN },
  });
  origin = (await server.says(/MCP on (http:\/\/127\.0\.0\.1:\d+)\/mcp/))[1] ?? '';
}, 120_000);
afterAll(async () => {
  expect(await server.interrupt()).toBe(0);
  await stage.close();
});

const WAIT = { wait_seconds: 60 };

/** Requests as browsers and strangers send them; `fetch` would set the host itself. */
function ask(
  path: string,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string },
): Promise<{ readonly status: number | undefined; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${origin}${path}`, { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A tool call of a client of 2025, which speaks without sessions. */
const CALL = {
  method: 'POST',
  headers: {
    authorization: `Bearer ${TOKEN}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  },
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'budget', arguments: {} },
  }),
};

test('only who has the token is served, and no web page of another origin', async () => {
  expect(await ask('/mcp', CALL)).toMatchObject({
    status: 200,
    text: expect.stringContaining('session_sats'),
  });
  const withHeader = (name: string, value: string) =>
    ask('/mcp', { ...CALL, headers: { ...CALL.headers, [name]: value } });
  expect((await withHeader('authorization', `Bearer ${TOKEN}x`)).status).toBe(401);
  expect((await withHeader('origin', origin)).status).toBe(200);
  expect((await withHeader('origin', 'http://evil.example')).status).toBe(403);
  expect((await withHeader('origin', 'null')).status).toBe(403);
  expect((await withHeader('host', 'evil.example')).status).toBe(403);
  const { authorization, ...bare } = CALL.headers;
  expect(authorization).toContain(TOKEN);
  expect((await ask('/mcp', { ...CALL, headers: bare })).status).toBe(401);
});

test.each(['legacy', 'auto'] as const)(
  'a client buys over HTTP (%s)',
  async (mode) => {
    const agent = await connectAgent(`${origin}/mcp`, TOKEN, { mode });
    const before = await stage.paid();
    const quote_id = await quoteFor(agent, KINDS.cheap);
    const notes: string[] = [];
    const bought = await agent.call(
      'buy',
      { quote_id, max_sats: 5, idempotency_key: quote_id, ...WAIT },
      { onprogress: ({ message }) => void notes.push(message ?? '') },
    );
    expect(bought.is).toMatchObject({ status: 'done', result: { untrusted_content: 'A RED FOX' } });
    expect(notes).toContain('the result is here');
    const job_id = quote_id.slice(0, 64);
    expect((await agent.call('rate', { job_id, stars: 4, comment: 'quick' })).is).toMatchObject({ job_id });
    expect((await agent.call('get_result', { job_id })).is).toMatchObject({ total_chars: 9 });
    expect(await stage.paid()).toBe(before + 1);
    await agent.close();
  },
  60_000,
);

test('a client of today asks its person about a dear job', async () => {
  const agent = await connectAgent(`${origin}/mcp`, TOKEN, { mode: 'auto', person: () => 'accept' });
  const before = await stage.paid();
  const quote_id = await quoteFor(agent, KINDS.dear);
  const bought = await agent.call('buy', { quote_id, max_sats: 60, idempotency_key: 'asked', ...WAIT });
  expect(bought.is).toMatchObject({ status: 'done', sats: 60 });
  expect(await stage.paid()).toBe(before + 1);
  await agent.close();
}, 120_000);

test('the link that the agent gets approves nothing without the code that the server shows', async () => {
  const agent = await connectAgent(`${origin}/mcp`, TOKEN);
  const before = await stage.paid();
  const quote_id = await quoteFor(agent, KINDS.dear);
  const args = { quote_id, max_sats: 60, idempotency_key: 'link', ...WAIT };
  const asked = await agent.call('buy', args);
  expect(asked.is).toMatchObject({ status: 'approval_required', money: 'none' });
  const { url } = asked.is['approval'] as { readonly url: string };
  const path = new URL(url).pathname;
  expect(asked.texts.join()).not.toMatch(/code \d{6}/);
  const [, code = ''] = await server.says(new RegExp(`code (\\d{6}) at ${url}`));
  expect((await ask(path, {})).text).toMatch(/60 sat/);

  const post = (body: string, headers: Record<string, string> = {}) =>
    ask(path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin, ...headers }, // as browsers do
      body,
    });
  expect((await post(`decision=approve&code=${code}`, { origin: 'http://evil.example' })).status).toBe(403);
  expect((await post('decision=approve&code=')).status).toBe(403);
  expect((await agent.call('buy', args)).is).toMatchObject({ status: 'approval_required' });
  expect(await stage.paid()).toBe(before);
  expect((await post(`decision=approve&code=${code}`)).text).toMatch(/Approved/);
  expect((await ask(path, {})).status).toBe(410);
  expect((await agent.call('buy', args)).is).toMatchObject({ status: 'done', sats: 60 });
  expect(await stage.paid()).toBe(before + 1);

  const second = await quoteFor(agent, KINDS.dear);
  const guessed = await agent.call('buy', { ...args, quote_id: second, idempotency_key: 'guess' });
  const { url: other } = guessed.is['approval'] as { readonly url: string };
  const wrong = {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin },
    body: 'code=x',
  };
  for (let tries = 0; tries < 5; tries++) await ask(new URL(other).pathname, wrong);
  expect((await ask(new URL(other).pathname, {})).status).toBe(410);
  expect(
    (await agent.call('buy', { ...args, quote_id: second, idempotency_key: 'guess' })).error,
  ).toMatchObject({ code: 'approval_denied' });
  await agent.close();
}, 120_000);
