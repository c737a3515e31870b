import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/ledger/index.ts';
import { LEDGER_CHECKPOINTS, openSqlLedger } from '../../src/ledger/sql.ts';
import { programFile } from '../fixtures/program-file.ts';
import {
  eventOfStep,
  PROVIDER,
  PURCHASE_STEPS,
  SALE_STEPS,
  SILENT_STEPS,
  type Acknowledged,
} from './ledger-script.ts';

/** One move of each commit that the script makes; the process dies before and after it. */
const MOVES = [
  'sale.work.received',
  'sale.work.accepted',
  'sale.money.locked',
  'sale.work.working',
  'sale.work.ready',
  'sale.work.delivered',
  'sale.money.settled',
  'purchase.requested',
  'purchase.paying',
  'payment.in-flight',
  'payment.settled',
  'purchase.received',
];

let directory: string;
let path: string;
let lives = 0;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'coinop-crash-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Lets a process work on the books until it dies; returns what it was promised. */
async function liveAndDie(death: {
  readonly afterLines?: number;
  readonly checkpoint?: string;
  readonly passes?: number;
}): Promise<Acknowledged[]> {
  const program = programFile(new URL('./ledger-process.ts', import.meta.url));
  const at = death.checkpoint === undefined ? [] : [death.checkpoint, String(death.passes ?? 0)];
  const child = spawn(process.execPath, [program, path, `life ${++lives}`, ...at], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const promised: Acknowledged[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const parsed: Acknowledged = JSON.parse(line);
    promised.push(parsed);
    if (promised.length === death.afterLines) child.kill('SIGKILL');
  }
  expect(await ended).toEqual([null, 'SIGKILL']);
  return promised;
}

/** Everything that must hold of the books after a death, whenever it came. */
async function inspect(promised: readonly Acknowledged[]): Promise<void> {
  const ledger = openSqlLedger({ path, now: () => 1_700_000_000 });
  try {
    for (const { kind, requestId, version } of promised) {
      const stored =
        kind === 'sale' ? await ledger.sales.get(PROVIDER, requestId) : await ledger.purchases.get(requestId);
      expect(stored?.version, `${kind} ${requestId}`).toBeGreaterThanOrEqual(version);
    }
    for (const sale of await ledger.sales.listRecent({ limit: 100_000 })) {
      expect([sale.version, [sale.work, sale.money]]).toEqual([
        sale.version,
        Object.entries(SALE_STEPS).find(([version]) => Number(version) === sale.version)?.[1],
      ]);
      await inspectOutbox(ledger, 'sale', sale.requestId, sale.version);
    }
    for (const purchase of await ledger.purchases.listRecent({ limit: 100_000 })) {
      const payment = await ledger.purchases.payment(purchase.requestId);
      expect([purchase.version, [purchase.state, payment?.state ?? null]]).toEqual([
        purchase.version,
        Object.entries(PURCHASE_STEPS).find(([version]) => Number(version) === purchase.version)?.[1],
      ]);
      await inspectOutbox(ledger, 'purchase', purchase.requestId, purchase.version);
    }
  } finally {
    await ledger.close();
  }
}

/** An event is in the outbox exactly when the step that it tells of is booked. */
async function inspectOutbox(
  ledger: Ledger,
  kind: Acknowledged['kind'],
  requestId: string,
  version: number,
): Promise<void> {
  const silent: readonly number[] = SILENT_STEPS[kind];
  for (let step = 1; step <= 8; step++) {
    const row = await ledger.outbox.get(eventOfStep(kind, requestId, step).id);
    expect(row !== null, `${kind} at ${version}, event of ${step}`).toBe(
      step <= version && !silent.includes(step),
    );
  }
}

describe('a ledger whose process is killed again and again', () => {
  beforeAll(() => {
    path = join(directory, 'many-lives.db');
  });

  it.each([1, 7, 40, 133, 400, 777])(
    'keeps every promise and is never torn, killed after %i promises',
    async (afterLines) => {
      const promised = await liveAndDie({ afterLines });
      expect(promised.length).toBeGreaterThanOrEqual(afterLines);
      await inspect(promised);
    },
  );
});

describe('a ledger whose process is killed around a commit', () => {
  beforeEach(() => {
    path = join(directory, `life-${lives}.db`);
  });

  it.each(MOVES.flatMap((move) => [`${move}:before-commit`, `${move}:after-commit`]))(
    'keeps every promise and is never torn, killed at %s',
    async (checkpoint) => {
      expect(LEDGER_CHECKPOINTS).toContain(checkpoint);
      await inspect(await liveAndDie({ checkpoint, passes: lives % 5 }));
    },
  );
});
