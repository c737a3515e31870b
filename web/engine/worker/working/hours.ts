import { unixNow } from '../../../../src/clock/index.ts';
import type { Vault } from '../vault.ts';

/** Until when a person is there for others. */
export interface Hours {
  /** Unix seconds; `null` while it is away. Its end is told from now on. */
  until(): Promise<number | null>;
  set(until: number | null): Promise<void>;
  stop(): void;
}

/** setTimeout wraps beyond 2^31-1 ms. */
const MAX_TIMER_MS = 2_147_483_647;

/** Keeps the hours under that name; `onChange` is told when they begin, change or end. */
export function keepHours(vault: Vault, name: string, onChange: (until: number | null) => void): Hours {
  let end: ReturnType<typeof setTimeout> | undefined;
  const until = async (): Promise<number | null> => {
    const kept = await vault.read<number>(name);
    const present = kept !== null && kept > unixNow() ? kept : null;
    clearTimeout(end);
    if (present !== null) {
      const leftMs = Math.min((present - unixNow()) * 1000, MAX_TIMER_MS);
      end = setTimeout(() => void until().then(onChange), Math.max(leftMs, 0));
    }
    return present;
  };
  return {
    until,
    async set(wanted) {
      if (wanted === null) await vault.remove(name);
      else await vault.write(name, wanted);
      onChange(await until());
    },
    stop: () => clearTimeout(end),
  };
}
