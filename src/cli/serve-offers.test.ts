import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unixNow } from '../clock/index.ts';
import { createGuardedFetch } from '../http/node.ts';
import { generateSecretKey, secretKeySigner } from '../keys/index.ts';
import { createInlineVerifier, createRelayPool, type RelayPool } from '../relays/index.ts';
import { ServiceSettings } from '../services/index.ts';
import { orderWarning, serviceIds } from './serve-ids.ts';
import { openOffers } from './serve-offers.ts';

const settingsOf = (settings: object) => ServiceSettings.parse({ price_sat: 0, ...settings });
const echo = (words: string) => ({ command: ['echo', words] });

let dir: string;
let relays: RelayPool;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coinop-offers-'));
  relays = createRelayPool({ verifier: createInlineVerifier() });
});
afterAll(async () => {
  await relays.close();
  await rm(dir, { recursive: true, force: true });
});

/** The ids under which services are sold, `null` for what is not, as a start of this machine finds it. */
async function soldIds(services: readonly ServiceSettings[]) {
  const signer = secretKeySigner(generateSecretKey());
  const fetchInput = createGuardedFetch({ allowHosts: [], maxRedirects: 0 });
  const account = { signer, relays, relayUrls: [], fetchInput, dir, now: unixNow };
  const parts = {
    signal: new AbortController().signal,
    tellOperator: () => undefined,
    onTrouble: () => undefined,
  };
  const opened = await openOffers(services, account, parts);
  await Promise.all(opened.offers.map((offer) => offer.close()));
  const ids = services.map(
    (settings) => opened.offers.find((offer) => offer.settings === settings)?.service.id ?? null,
  );
  return { ids, ...opened };
}

test('a service has the id that it had when another of its kind is missing, whose jobs it would take', async () => {
  const second = settingsOf({ kind: 5090, name: 'B', exec: echo('B') });
  const here = settingsOf({ kind: 5090, name: 'A', exec: echo('A') });
  const gone = settingsOf({ kind: 5090, name: 'A', exec: { command: ['no-such-program'] } });
  expect((await soldIds([here, second])).ids).toEqual(['coinop-5090', 'coinop-5090-2']);
  const without = await soldIds([gone, second]);
  expect(without.ids).toEqual([null, 'coinop-5090-2']);
  expect(without.warnings).toMatchObject([
    {
      code: 'ids-by-order',
      message: expect.stringContaining('A: id = "coinop-5090"; B: id = "coinop-5090-2"') as string,
    },
  ]);
});

test('two modules that say the same id for themselves are not sold as each other', async () => {
  const write = async (name: string, id: string) => {
    const source = `export const service = { id: '${id}', kind: 5092, handler: () => 'x' };`;
    await writeFile(join(dir, `${name}.ts`), source);
    return settingsOf({ name, module: join(dir, `${name}.ts`) });
  };
  const [one, other, third] = [
    await write('one', 'same'),
    await write('other', 'same'),
    await write('third', 'own'),
  ];
  const opened = await soldIds([one, other, third]);
  expect(opened.ids).toEqual([null, null, 'own']);
  expect(opened.missing.map(({ failure }) => failure.code)).toEqual([
    'duplicate-service',
    'duplicate-service',
  ]);
}, 60_000);

const setting = fc.record({
  kind: fc.constantFrom(5090, 5091),
  key: fc.constantFrom(undefined, 'posters'),
  id: fc.constantFrom(undefined, undefined, undefined, 'coinop-5090', 'coinop-5090-2', 'mine'),
  /** What a module says for itself. */
  own: fc.constantFrom(null, null, null, 'coinop-5090', 'mine'),
});

test('whatever is missing, each id is what it was, nobody else has it, and those that hang on the order are named', () => {
  const file = fc.array(setting, { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(file, fc.infiniteStream(fc.boolean()), (wishes, missing) => {
      const services = wishes.map(({ own, kind, key, id }) =>
        own === null
          ? settingsOf({ kind, exec: 'true', ...(key && { key }), ...(id && { id }) })
          : settingsOf({ module: './x.ts', ...(key && { key }), ...(id && { id }) }),
      );
      const said = services.map(({ id, kind }, index) => id ?? wishes[index]?.own ?? `coinop-${kind ?? ''}`);
      const whole = serviceIds(services, said);
      const partly = serviceIds(
        services,
        said.map((each) => (missing.next().value === true ? null : each)),
      );
      for (const [index, { id }] of partly.entries()) {
        // Two that say the same for themselves are not sold side by side, so neither has jobs of the other.
        if (id !== null && whole[index]?.id !== null) expect(id).toBe(whole[index]?.id);
      }
      const names = whole.flatMap(({ id }, index) =>
        id === null || services[index]?.id !== undefined ? [] : [`${services[index]?.key ?? ''} ${id}`],
      );
      expect(new Set(names).size).toBe(names.length);
      const named = services.map((settings, index) => ({
        settings,
        name: `#${index}`,
        id: whole[index] ?? { base: null, id: null },
      }));
      const isNumbered = named.some(
        ({ settings, id }) => settings.id === undefined && id.id !== null && id.id !== id.base,
      );
      expect(orderWarning(named) !== null).toBe(isNumbered);
    }),
  );
});
