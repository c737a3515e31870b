import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { BANK_CHECKPOINTS } from '../../src/regtest/index.ts';
import { CrashAuditor } from './crash-auditor.ts';
import type { CrashReport } from './crash-report.ts';
import { seededRandom } from './seeded-random.ts';
import { CHILD_ENVIRONMENT } from '../fixtures/child-environment.ts';
import { programFile } from '../fixtures/program-file.ts';

const CHILD = programFile(new URL('./crash-process.ts', import.meta.url));
const ROLES = 3;
/** `COINOP_KILLS=300 COINOP_KILL_SEED=7` runs it longer or repeats a run. */
const KILLS = Number(process.env['COINOP_KILLS'] ?? 12);
const SEED = Number(process.env['COINOP_KILL_SEED'] ?? 1);
/** A child that did not reach its checkpoint by then is killed where it is. */
const PATIENCE_MS = 3_000;
const LIFE_TIMEOUT_MS = 90_000;

/** How a life of the bank ends: at the nth passing of a checkpoint, or some time after its audit or its birth. */
type Death =
  { readonly at: string } | { readonly afterMs: number; readonly since: 'birth' | 'audit' } | 'natural';

function deathOf(life: number, random: () => number): Death {
  if (life === 0) return { at: `bank:monitor#${1 + Math.floor(random() * 4)}` }; // while the channels open
  if (life % 3 === 2) return { afterMs: 50 + random() * 1_200, since: random() < 0.3 ? 'birth' : 'audit' };
  const checkpoint = BANK_CHECKPOINTS[(life - Math.floor(life / 3)) % BANK_CHECKPOINTS.length];
  return { at: `${checkpoint}#${1 + Math.floor(random() * 120)}` };
}

interface Life {
  readonly signal: NodeJS.Signals | null;
  readonly exitCode: number | null;
  readonly complaint: string;
}

async function live(
  dir: string,
  seed: number,
  death: Death,
  hear: (report: CrashReport) => void,
): Promise<Life> {
  const child = spawn(process.execPath, [CHILD, dir, String(seed), death === 'natural' ? 'finish' : 'work'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...CHILD_ENVIRONMENT,
      COINOP_CRASH_AT: typeof death === 'object' && 'at' in death ? death.at : '',
    },
  });
  const timers: NodeJS.Timeout[] = [];
  const killIn = (ms: number) => timers.push(setTimeout(() => child.kill('SIGKILL'), ms));
  killIn(LIFE_TIMEOUT_MS);
  if (typeof death === 'object' && 'since' in death && death.since === 'birth') killIn(death.afterMs);
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    if (!line.startsWith('{') || !line.endsWith('}')) return; // the kill cut it off
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own child wrote the line
    const report = JSON.parse(line) as CrashReport;
    hear(report);
    if (report.type !== 'audit' || death === 'natural') return;
    killIn('afterMs' in death && death.since === 'audit' ? death.afterMs : PATIENCE_MS);
  });
  const drained = new Promise((resolve) => lines.once('close', resolve));
  const ended = await new Promise<Omit<Life, 'complaint'>>((resolve) =>
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal })),
  );
  await drained;
  for (const timer of timers) clearTimeout(timer);
  return { ...ended, complaint };
}

test(
  `${KILLS} times kill -9: no millisatoshi, acknowledged payment or channel is lost`,
  { timeout: (KILLS + 1) * LIFE_TIMEOUT_MS },
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'coinop-kill-'));
    onTestFinished(() => rm(dir, { recursive: true, force: true }));
    const random = seededRandom(SEED);
    const auditor = new CrashAuditor(ROLES);
    for (let life = 0; life < KILLS; life += 1) {
      const death = deathOf(life, random);
      const { signal, complaint } = await live(dir, SEED * 1_000 + life, death, (report) =>
        auditor.hear(report),
      );
      expect(auditor.violations, `after life ${life} ending ${JSON.stringify(death)}`).toEqual([]);
      expect(signal, complaint).toBe('SIGKILL');
    }
    const last = await live(dir, SEED * 1_000 + KILLS, 'natural', (report) => auditor.hear(report));
    expect(last.complaint).toBe('');
    expect(last.exitCode).toBe(0);
    expect(auditor.violations).toEqual([]);
    expect(auditor.counts.audits).toBeGreaterThan(KILLS / 2);
    expect(auditor.counts.paid).toBeGreaterThan(0);
    expect(auditor.counts.heldAcrossLives).toBeGreaterThan(0);
  },
);
