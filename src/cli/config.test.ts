import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { satsToMsat } from '../protocol/index.ts';
import { readConfig, spendingCaps } from './config.ts';

const before = process.cwd();
let dir: string;
let home: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coinop-config-'));
  home = join(dir, 'home');
  await mkdir(home);
  process.chdir(dir);
});
afterEach(async () => {
  process.chdir(before);
  await rm(dir, { recursive: true, force: true });
});

const project = (toml: string) => writeFile(join(dir, 'coinop.toml'), toml);
const user = (toml: string) => writeFile(join(home, 'config.toml'), toml);
const read = (env: NodeJS.ProcessEnv = {}) => readConfig({ home }, env, 'customer');

/** What a file with these lines is refused with. */
async function refusal(toml: string): Promise<{ code: string; message: string }> {
  await project(toml);
  const config = await read();
  return config.ok ? expect.unreachable() : config.failure;
}

test('the database of an account on many machines comes from the environment, and an empty one is none', async () => {
  const COINOP_DATABASE_URL = 'postgres://me:secret@db.example/coinop';
  expect(await read({ COINOP_DATABASE_URL })).toMatchObject({ value: { databaseUrl: COINOP_DATABASE_URL } });
  expect(await read({ COINOP_DATABASE_URL: '' })).toMatchObject({ value: { databaseUrl: undefined } });
  expect((await refusal(`database_url = "${COINOP_DATABASE_URL}"`)).message).not.toContain('secret@');
});

describe('the budget', () => {
  test('comes from the environment before ./coinop.toml, and that before the file of the user', async () => {
    await user('[budget]\nper_job_sat = 1\nper_provider_sat = 2\nper_day_sat = 3\ntotal_sat = 4\n');
    await project('[budget]\nper_day_sat = 30\ntotal_sat = 40\n');
    const config = await read({ COINOP_TOTAL_SAT: '400', COINOP_PER_JOB_SAT: ' ' });
    if (!config.ok) expect.unreachable(config.failure.message);
    expect(spendingCaps(config.value, satsToMsat(9))).toEqual({
      perJobMsat: 1_000n,
      perCounterpartyMsat: 2_000n,
      perDayMsat: 30_000n,
      totalMsat: 400_000n,
    });
  });

  test('is what the command allows where nothing or more is configured; zero allows nothing', async () => {
    const without = await read();
    if (!without.ok) expect.unreachable(without.failure.message);
    expect(spendingCaps(without.value, satsToMsat(9))).toEqual({ perJobMsat: 9_000n });
    const more = await read({ COINOP_PER_JOB_SAT: '10' });
    if (!more.ok) expect.unreachable(more.failure.message);
    expect(spendingCaps(more.value, satsToMsat(9))).toEqual({ perJobMsat: 9_000n });
    const broke = await read({ COINOP_PER_JOB_SAT: '0' });
    expect(broke).toMatchObject({ ok: true, value: { perJobMsat: 0n } });
  });

  test.each(['-1', '1.5', '0x10', 'lots', '1e30'])(
    'is whole sats in the environment, not %s',
    async (sats) => {
      expect(await read({ COINOP_PER_DAY_SAT: sats })).toMatchObject({
        ok: false,
        failure: { code: 'invalid-config', message: expect.stringMatching(/COINOP_PER_DAY_SAT/) },
      });
    },
  );
});

describe('what cannot be used is named', () => {
  test.each([
    ['relay = []', 'relay', 'relays'],
    ['[budgt]\nper_day_sat = 1', 'budgt', 'budget'],
    ['[budget]\nper_dya_sat = 1', 'budget.per_dya_sat', 'budget.per_day_sat'],
    ['per_day_sat = 1', 'per_day_sat', 'budget.per_day_sat'],
    ['[access]\nblok = "a"', 'access.blok', 'access.block'],
    ['[trust]\nafter_day = 1', 'trust.after_day', 'trust.after_days'],
    ['[limits]\nunpaid_sats = 1', 'limits.unpaid_sats', 'limits.unpaid_sat'],
    ['[forward]\nto = "a@b.c"\nabove_sat = 1\nabove_sats = 1', 'forward.above_sat', 'forward.above_sats'],
  ])('%j: %s is not known, %s is meant', async (toml, field, meant) => {
    expect(await refusal(toml)).toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining(`did you mean "${meant}"?`),
      data: { path: 'coinop.toml', field, meant },
    });
  });

  test('a word that is like nothing gets the whole list', async () => {
    const { message } = await refusal('colour_of_the_sky = 1');
    expect(message).toMatch(/known are relays, wallet_file, .*budget\.total_sat/);
  });

  test.each([
    ['[budget]\nper_day_sat = "many"', /budget\.per_day_sat/],
    ['[budget]\nper_day_sat = -1', /budget\.per_day_sat/],
    ['relays = [\n', /not valid TOML \(line \d+/],
  ])('%j', async (toml, words) => {
    expect(await refusal(toml)).toMatchObject({
      code: 'invalid-config',
      message: expect.stringMatching(words),
    });
  });
});

describe('services', () => {
  const ECHO = 'kind = 5050\nprice_sat = 5\nexec = "cat"';
  const service = (toml: string) => `[[service]]\n${toml}\n`;

  test('are read with their shorthands', async () => {
    await project(
      service(ECHO) +
        service('kind = 5051\nprice_sat = 0\nexec = ["tr", "a", "b"]\nkey = "quiet"') +
        service('shelf = "summarization"') +
        service('price_sat = 1\nmcp = { command = "npx tools", tools = { roll = 3 } }') +
        service('price_sat = 1\nmodel = { url = "http://127.0.0.1:1/v1", model = "x", key_env = "KEY" }'),
    );
    expect(await read()).toMatchObject({
      ok: true,
      value: {
        services: [
          { kind: 5050, price_sat: 5, exec: { command: 'cat' } },
          { exec: { command: ['tr', 'a', 'b'] }, key: 'quiet' },
          { shelf: 'summarization' },
          { mcp: { command: 'npx tools', tools: { roll: 3 } } },
          { model: { model: 'x', key_env: 'KEY' } },
        ],
      },
    });
  });

  test.each([
    ['prize_sat', service(`name = "Echo"\n${ECHO}\nprize_sat = 1`), 'service "Echo": ', 'service.price_sat'],
    [
      'exec.protocl',
      service('kind = 5050\nprice_sat = 1\nexec = { command = "cat", protocl = "text" }'),
      'service 1: ',
      'service.exec.protocol',
    ],
    [
      'shlef',
      service(ECHO) + service('id = "b"\nkind = 5051\nprice_sat = 1\nshlef = 1'),
      'service "b": ',
      'service.shelf',
    ],
  ])('%s is not known, and it is said where and what is meant', async (field, toml, where, meant) => {
    expect(await refusal(toml)).toMatchObject({
      message: expect.stringContaining(
        `${where}"service.${field}" is not known; did you mean "${meant}"?`,
      ) as string,
      data: { field: `service.${field}`, meant },
    });
  });

  test.each([
    ['kind = 5050\nprice_sat = 1', /service 1: service needs exactly one of shelf, exec/],
    [`${ECHO}\nhttp = "http://127.0.0.1/"`, /exactly one of/],
    ['price_sat = 1\nexec = "cat"', /service\.kind is missing/],
    ['kind = 5050\nexec = "cat"', /service\.price_sat is missing; 0 is free/],
    ['kind = 4999\nprice_sat = 1\nexec = "cat"', /service\.kind/],
    ['shelf = "summarisation"', /service\.shelf has no service of that name; it has .*summarization/],
    ['shelf = "summarization"\nsettings = { modle = 1 }', /service\.settings/],
    [`${ECHO}\nsettings = { a = 1 }`, /service\.settings is for services of the shelf/],
    [
      `${ECHO}\nproof_of_work_bits = { idle = 9, most = 8 }`,
      /proof_of_work_bits asks for most bits when it is busy/,
    ],
    [`${ECHO}\nproof_of_work_bits = 65`, /service\.proof_of_work_bits/],
    [`${ECHO}\nproof_of_work_bits = { idle = 1, mist = 2 }`, /service\.proof_of_work_bits/],
    [`${ECHO}\nconditions = [{ code = "Not so" , detail = "x" }]`, /service\.conditions\.code must be words/],
    [
      `${ECHO}\nconditions = [{ code = "trust", detail = "x", key_file = "x" }]`,
      /did you mean "service\.conditions\.keys_file"/,
    ],
    [`${ECHO}\nattempts = 0`, /service\.attempts/],
    [`${ECHO}\nkey = "../key"`, /service\.key/],
    [`${ECHO}\nper_unit = { price_sat = 1 }`, /service\.per_unit needs either unit or param/],
    ['price_sat = 1\nmcp = { tool = "x" }', /service\.mcp needs either command or url/],
    ['price_sat = 1\nmcp = { command = "x", tool = "a", tools = ["b"] }', /both tool and tools/],
  ])('%j', async (toml, words) => {
    expect(await refusal(service(toml))).toMatchObject({
      code: 'invalid-config',
      message: expect.stringMatching(words) as string,
    });
  });

  test('hold no secrets', async () => {
    const exec = '{ command = "cat", env = { API_KEY = "feed" } }';
    expect(await refusal(service(`kind = 5050\nprice_sat = 1\nexec = ${exec}`))).toMatchObject({
      code: 'secret-in-config',
      data: { field: 'service.0.exec.env.API_KEY' },
    });
  });
});

describe('a secret is refused wherever it stands, and never repeated', () => {
  test.each([
    ['wallet_file = "nostr+walletconnect://abc?secret=feed"', 'wallet_file'],
    ['nwc_url = "feed"', 'nwc_url'],
    ['[forward]\nto = "nsec1feed"\nabove_sats = 1', 'forward.to'],
    ['relays = ["wss://a", "bunker://feed"]', 'relays.1'],
    ['[deep.er]\nsecret_key = "feed"', 'deep.er.secret_key'],
  ])('%j', async (toml, field) => {
    const refused = await refusal(toml);
    expect(refused).toMatchObject({ code: 'secret-in-config', data: { field } });
    expect(refused.message).toMatch(/chmod 600/);
    expect(refused.message).not.toContain('feed');
  });
});
