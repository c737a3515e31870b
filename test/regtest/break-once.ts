import { existsSync, writeFileSync } from 'node:fs';
import type { BankCheckpoint } from '../../src/regtest/index.ts';

/** The bank's thread loads this module: it throws in the middle of LDK's work, once a file asks for it. */
const armed = new URL(import.meta.url).searchParams.get('armed') ?? '';
const DONE = `${armed}.done`;

export function checkpoint(passed: BankCheckpoint): void {
  if (passed !== 'bank:monitor' || !existsSync(armed) || existsSync(DONE)) return;
  writeFileSync(DONE, '');
  throw new Error('the disk failed, says the test');
}
