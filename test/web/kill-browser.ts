import { readdirSync, readFileSync } from 'node:fs';

/** Kills every process of the browser with that profile directory, as a power cut would. Throws when there is none. */
export function killBrowser(profile: string): void {
  const pids = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && commandOf(entry).includes(profile))
    .map(Number);
  if (pids.length === 0) throw new Error('no browser uses that profile');
  for (const pid of pids) endProcess(pid);
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended with its parent
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has ended meanwhile
  }
}
