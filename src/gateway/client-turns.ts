/** Client addresses counted in one minute; more are refused until the next. */
const MAX_CLIENTS = 20_000;

/**
 * Counts what each client address does in each minute of the clock (`now` is unix seconds), in bounded memory. Takes
 * the address and says how many seconds it has to wait: 0 for go ahead.
 */
export function clientTurns(perMinute: number, now: () => number): (client: string) => number {
  let minute = 0;
  let counts = new Map<string, number>();
  return (client) => {
    const current = Math.floor(now() / 60);
    if (current !== minute) counts = new Map();
    minute = current;
    const network = networkOf(client);
    const count = (counts.get(network) ?? 0) + 1;
    const isKnown = counts.has(network) || counts.size < MAX_CLIENTS;
    if (isKnown) counts.set(network, Math.min(count, perMinute + 1));
    return isKnown && count <= perMinute ? 0 : 60 - (now() % 60);
  };
}

/**
 * Counts what each client address has open at a time, of all together and each by itself. Takes the address and gives
 * what ends it; `null` when there is too much already.
 */
export function clientSlots(all: number, perClient: number): (client: string) => (() => void) | null {
  const open = new Map<string, number>();
  let total = 0;
  return (client) => {
    const network = networkOf(client);
    const count = open.get(network) ?? 0;
    if (total >= all || count >= perClient) return null;
    open.set(network, count + 1);
    total += 1;
    return () => {
      const left = (open.get(network) ?? 0) - 1;
      if (left > 0) open.set(network, left);
      else open.delete(network);
      total -= 1;
    };
  };
}

/** One subscriber has 2^64 addresses of IPv6: they count as one. */
function networkOf(client: string): string {
  if (!client.includes(':') || client.startsWith('::ffff:')) return client;
  const [left = '', right] = client.split('::');
  const head = left.split(':').filter(Boolean);
  const tail = right?.split(':').filter(Boolean) ?? [];
  const zeros = right === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  return [...head, ...Array.from({ length: zeros }, () => '0'), ...tail].slice(0, 4).join(':');
}
