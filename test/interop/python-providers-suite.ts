import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { isHex32, orThrow, satsToMsat, ZERO_MSAT } from '../../src/protocol/index.ts';
import { openBuyingStage, type BuyingStage } from '../customer/stage.ts';
import { serveLnbits, type LnbitsServer } from '../fixtures/lnbits-server.ts';

/** The Python interpreters with the two libraries, set by `python-providers.ts`. */
const { COINOP_NOSTR_DVM_PYTHON: nostrDvm = '', COINOP_EZDVM_PYTHON: ezdvm = '' } = process.env;
/** A provider hears nothing before it has subscribed, and does not tell: it is asked again. */
const ASK_SECONDS = 20;
const MAX_ASKS = 8;

let stage: BuyingStage;
let lnbits: LnbitsServer;
let dir: string;
const providers: ChildProcess[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'coinop-python-'));
  stage = await openBuyingStage(['lnbits']);
  lnbits = await serveLnbits(stage.bank.wallet('lnbits'));
});

afterEach(async () => {
  for (const provider of providers.splice(0)) {
    const closed = once(provider, 'close');
    if (provider.pid !== undefined && provider.exitCode === null) process.kill(-provider.pid, 'SIGKILL');
    await closed;
  }
  await stage.sweep();
});

afterAll(async () => {
  await lnbits.close();
  await stage.close();
  await rm(dir, { recursive: true, force: true });
});

test('a free job is bought from nostr-dvm', { timeout: 180_000 }, async () => {
  start(nostrDvm, 'nostr_dvm_provider.py', { KIND: '5050' });
  expect(await buyUntilDelivered(5050)).toMatchObject({ exchange: 'free', amountMsat: ZERO_MSAT });
});

test(
  'a job is bought from nostr-dvm and paid to its LNbits over Lightning',
  { timeout: 180_000 },
  async () => {
    const before = await balances();
    start(nostrDvm, 'nostr_dvm_provider.py', {
      KIND: '5051',
      PRICE_SATS: '21',
      LNBITS_URL: lnbits.url,
      LNBITS_KEY: lnbits.apiKey,
    });
    const receipt = await buyUntilDelivered(5051);
    expect(receipt).toMatchObject({ exchange: 'prepay', amountMsat: satsToMsat(21), settlement: 'settled' });
    expect(isHex32(receipt.preimage ?? '')).toBe(true);
    const after = await balances();
    expect(after.payee - before.payee).toBe(satsToMsat(21));
    expect(before.payer - after.payer).toBe(satsToMsat(21) + receipt.feePaidMsat);
  },
);

test('a free job is bought from ezdvm, which answers twice', { timeout: 180_000 }, async () => {
  start(ezdvm, 'ezdvm_provider.py', { KIND: '5052' });
  expect(await buyUntilDelivered(5052)).toMatchObject({ exchange: 'free', amountMsat: ZERO_MSAT });
});

function start(python: string, script: string, env: Readonly<Record<string, string>>): void {
  const file = fileURLToPath(new URL(`./python/${script}`, import.meta.url));
  const provider = spawn(python, [file], {
    cwd: dir,
    detached: true,
    stdio: process.env['COINOP_INTEROP_LOG'] === undefined ? 'ignore' : 'inherit',
    env: { PATH: process.env['PATH'] ?? '', HOME: dir, RELAY_URL: stage.relayUrl, ...env },
  });
  providers.push(provider);
}

/** Buys from whoever serves the kind, until somebody does. */
async function buyUntilDelivered(kind: number) {
  const customer = stage.openCustomer();
  for (let asked = 0; asked < MAX_ASKS; asked++) {
    if (providers.some(({ exitCode }) => exitCode !== null)) throw new Error('the provider ended');
    const handle = orThrow(
      await customer.buy({
        kind,
        inputs: ['a red fox'],
        maxAmountMsat: satsToMsat(50),
        deadlineSeconds: ASK_SECONDS,
        policy: { offerWaitMs: 200 },
      }),
    );
    const outcome = await handle.result();
    if (!outcome.ok && outcome.failure.code === 'no-offer') continue;
    const receipt = orThrow(outcome);
    expect(receipt.content).toBe('A RED FOX');
    return receipt;
  }
  throw new Error(`nobody answered ${MAX_ASKS} requests`);
}

async function balances(): Promise<{ payer: bigint; payee: bigint }> {
  const [payer, payee] = await Promise.all([stage.wallet().balance(), stage.bank.wallet('lnbits').balance()]);
  return { payer: orThrow(payer).spendableMsat, payee: orThrow(payee).spendableMsat };
}
