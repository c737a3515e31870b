import type { BankCheckpoint } from '../../src/regtest/index.ts';

/**
 * The bank's thread loads this module. It ends the whole process, as a power cut would, when the checkpoint
 * named by COINOP_CRASH_AT (`name#times`) is passed for that time.
 */
const [crashAt, times] = (process.env['COINOP_CRASH_AT'] ?? '').split('#');
let left = Number(times);

export function checkpoint(passed: BankCheckpoint): void {
  if (passed !== crashAt) return;
  left -= 1;
  if (left <= 0) process.kill(process.pid, 'SIGKILL');
}
