import type { ChildProcess } from 'node:child_process';
import process from 'node:process';

/** The leaders of groups that run now; the id of a leader addresses its group. */
const leaders = new Set<number>();

/**
 * Ends the group that this program leads also when our own process is ended by force, which leaves no time to ask: a
 * group of its own outlives us otherwise. Only a kill that we never hear of (SIGKILL) leaves it to the system.
 */
export function endWithUs(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  if (leaders.size === 0) process.on('exit', killAll);
  leaders.add(pid);
  child.once('exit', () => {
    leaders.delete(pid);
    if (leaders.size === 0) process.off('exit', killAll);
  });
}

function killAll(): void {
  for (const pid of leaders) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Nobody is left in the group.
    }
  }
}
