import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectWallets, type MarketWallets } from '../../src/market/connections.ts';
import { orThrow } from '../../src/protocol/index.ts';
import { createInlineVerifier } from '../../src/relays/index.ts';
import { openRelayStage, type RelayStage } from '../fixtures/relay-stage.ts';
import { openEcashStage, sats, type EcashStage } from './stage.ts';
import { CHILD_ENVIRONMENT } from '../fixtures/child-environment.ts';
import { programFile } from '../fixtures/program-file.ts';

/** Checkpoints that one whole script passes; more must not appear without being killed at. */
const CHECKPOINTS = 41;
/** Every third one, among which each step of an operation is: `npm run test:crash` takes all. */
const KILLED_AT = Array.from({ length: CHECKPOINTS }, (_, index) => index + 1).filter(
  (checkpoint) => checkpoint % 3 === 0 || process.env['COINOP_CRASH_ALL'] !== undefined,
);

interface Line {
  readonly t: string;
  readonly [field: string]: unknown;
}

describe('kill -9 of an ecash wallet at every step of every operation', () => {
  let stage: EcashStage;
  let relay: RelayStage;
  let wallets: MarketWallets;
  const troubles: unknown[] = [];
  beforeAll(async () => {
    stage = await openEcashStage({ inputFeePpk: 100 });
    relay = await openRelayStage();
    wallets = await connectWallets({
      dir: stage.dir,
      bank: stage.bank,
      relayUrl: relay.relay.url,
      verifier: createInlineVerifier(),
      onTrouble: (error) => troubles.push(error),
    });
  }, 60_000);
  afterAll(async () => {
    expect(troubles).toEqual([]);
    await wallets.close();
    await relay.close();
    await stage.close();
  }, 60_000);

  /** One run of the script in a process of its own, killed at that checkpoint (never for 0). */
  async function live(life: number, bolt11: string, killAt: number): Promise<Line[]> {
    const dir = join(stage.dir, `life-${life}`);
    await mkdir(dir, { recursive: true });
    const program = programFile(new URL('./crash-process.ts', import.meta.url));
    const child = spawn(process.execPath, [program, dir, stage.mint.url, bolt11], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...CHILD_ENVIRONMENT,
        NWC_URL: wallets.uris.customer,
        COINOP_CRASH_PASS: String(killAt),
        COINOP_CRASH_LIFE: String(life),
      },
    });
    const ended = once(child, 'close');
    const lines: Line[] = [];
    for await (const line of createInterface({ input: child.stdout })) lines.push(JSON.parse(line) as Line);
    expect(await ended).toEqual(killAt === 0 ? [0, null] : [null, 'SIGKILL']);
    return lines;
  }

  const lightningSat = async () =>
    Number(orThrow(await stage.bank.wallet('customer').balance()).spendableMsat / 1000n);

  /** A life with or without a death, and a second one that goes on; what it all came to. */
  async function liveThrough(life: number, killAt: number) {
    const invoice = { amountMsat: sats(40), description: 'withdraw', expirySeconds: 600 };
    const { bolt11 } = orThrow(await stage.bank.wallet('provider').makeInvoice(invoice));
    const before = await lightningSat();
    const first = killAt === 0 ? [] : await live(life, bolt11 ?? '', killAt);
    const second = await live(life, bolt11 ?? '', 0);
    const end = second.at(-1);
    const told = {
      customerSat: end?.['customerSat'],
      providerSat: end?.['providerSat'],
      open: end?.['open'],
    };
    return { ...told, paidSat: before - (await lightningSat()), lines: [...first, ...second] };
  }

  let whole: Omit<Awaited<ReturnType<typeof liveThrough>>, 'lines'>;
  test('a life without a death', async () => {
    const { lines, ...rest } = await liveThrough(1, 0);
    whole = rest;
    expect(lines.filter(({ t }) => t === 'checkpoint')).toHaveLength(CHECKPOINTS);
    expect(whole.open).toEqual([]);
    expect(whole.providerSat).toBeGreaterThanOrEqual(55);
  }, 60_000);

  test.each(KILLED_AT)(
    'at checkpoint %i: nothing is lost and nothing spent twice',
    async (killAt) => {
      const { lines: _lines, ...rest } = await liveThrough(1 + killAt, killAt);
      expect(rest).toEqual(whole);
    },
    60_000,
  );
});
