import { beforeAll, describe, expect, test } from 'vitest';
import * as protocol from '../../src/protocol/index.ts';
import { runFuzz, type FuzzReport } from './fuzz/run-fuzz.ts';

describe('generated and mutated events', () => {
  let report: FuzzReport;

  beforeAll(async () => {
    report = await runFuzz({ seed: 20_260_701, events: 30_000 });
  }, 120_000);

  test('make no reader throw, hang or fill the heap', () => {
    expect(report.failures).toEqual([]);
  });

  test('reach the accepting end of every reader often enough to mean something', () => {
    const shy = report.targets.filter(({ events, accepted }) => events < 10 || accepted * 3 < events);
    expect(shy).toEqual([]);
  });

  test('are shown to everything that reads what strangers send', () => {
    const readers = Object.keys(protocol).filter(
      (name) => /^(parse|verify|check|fold|decrypt|normalize)/.test(name) && name !== 'foldJob',
    );
    const shown = report.targets.map(({ name }) => name.split(' ')[0]);
    expect(readers.filter((name) => !shown.includes(name))).toEqual([]);
    expect(shown).toContain('foldJob');
  });
});
