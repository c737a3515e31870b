import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { orThrow } from '../../src/protocol/index.ts';
import { openNwcMarket, type NwcMarket } from '../fixtures/nwc-market.ts';
import { invoiceOf, PRICE_MSAT } from './stage.ts';
import { CHILD_ENVIRONMENT } from '../fixtures/child-environment.ts';
import { programFile } from '../fixtures/program-file.ts';

let market: NwcMarket;
let walletUri: string;
let dir: string;
beforeAll(async () => {
  market = await openNwcMarket();
  walletUri = await market.serve('customer');
  dir = await mkdtemp(join(tmpdir(), 'coinop-withdraw-'));
}, 60_000);
afterAll(async () => {
  await market.close();
  await rm(dir, { recursive: true, force: true });
});

/** One life of the process: how it told that it ended, or the signal that ended it. */
async function live(home: string, bolt11: string, crashAt = ''): Promise<string> {
  const program = programFile(new URL('./withdraw-process.ts', import.meta.url));
  const child = spawn(process.execPath, [program, home, market.relay.url, bolt11], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...CHILD_ENVIRONMENT, NWC_URL: walletUri, COINOP_CRASH_AT: crashAt },
  });
  const [told, [, signal]] = await Promise.all([readAll(child.stdout), once(child, 'close')]);
  const last = told.trim().split('\n').at(-1) ?? '';
  return typeof signal === 'string' ? signal : String((JSON.parse(last) as { code: unknown }).code);
}

test.each([
  ['payment.reserved:before-commit', 'ok'],
  ['payment.reserved:after-commit', 'withdrawal-finished'],
  ['payment.in-flight:before-commit', 'withdrawal-finished'],
  ['payment.in-flight:after-commit', 'withdrawal-finished'],
  ['payment.settled:before-commit', 'withdrawal-finished'],
  ['payment.settled:after-commit', 'already-paid'],
])(
  'a withdrawal that is killed at %s is paid once',
  async (crashAt, next) => {
    const home = join(dir, crashAt);
    const payee = market.bankWallet('provider');
    const { bolt11 } = await invoiceOf(payee);
    const before = orThrow(await payee.balance()).spendableMsat;
    expect(await live(home, bolt11, crashAt)).toBe('SIGKILL');
    expect(await live(home, bolt11)).toBe(next);
    expect(await live(home, bolt11)).toBe('already-paid');
    await expect
      .poll(async () => orThrow(await payee.balance()).spendableMsat, { timeout: 20_000 })
      .toBe(before + PRICE_MSAT);
  },
  60_000,
);
