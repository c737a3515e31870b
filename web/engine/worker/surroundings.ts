import { isRecord, normalizeRelayUrl } from '../../../src/protocol/index.ts';

/** Where things are, as far as the host of the page says. */
export interface Surroundings {
  readonly relayUrls: readonly string[];
  /** Files of jobs are stored there, the most trusted first. */
  readonly blobServers: readonly string[];
  /** The mint of the market that serves the page; its ecash is play money. */
  readonly mintUrl: string | null;
  /** The page comes from a market of play money, which gives wallets away. */
  readonly playMoney: boolean;
}

/** What a page from a static host begins with; everybody may choose others. */
const PUBLIC: Surroundings = {
  relayUrls: ['wss://relay.damus.io', 'wss://nos.lol', 'wss://relay.primal.net'],
  blobServers: ['https://blossom.primal.net', 'https://cdn.satellite.earth'],
  mintUrl: null,
  playMoney: false,
};

const PATIENCE_MS = 5_000;

/** Asks the host of the page; `base` is the address of the page's folder. A host that says nothing is a static one. */
export async function learnSurroundings(base: string): Promise<Surroundings> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(new URL('web-config.json', base), { signal, credentials: 'omit' });
    if (!answer.ok || !answer.headers.get('content-type')?.startsWith('application/json')) return PUBLIC;
    const told: unknown = await answer.json();
    if (!isRecord(told)) return PUBLIC;
    const relayUrls = textsOf(told['relayUrls']).flatMap((url) => normalizeRelayUrl(url) ?? []);
    if (relayUrls.length === 0) return PUBLIC;
    const blobServers = textsOf(told['blobServers']);
    const [mintUrl = null] = textsOf([told['mintUrl']]);
    return { relayUrls, blobServers, mintUrl, playMoney: told['playMoney'] === true };
  } catch {
    return PUBLIC;
  }
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}
