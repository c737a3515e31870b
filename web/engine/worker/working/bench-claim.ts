import { unixNow } from '../../../../src/clock/index.ts';
import type { Signer } from '../../../../src/keys/index.ts';
import {
  failure,
  isRecord,
  parseJson,
  success,
  type NostrEvent,
  type Outcome,
} from '../../../../src/protocol/index.ts';
import type { RelayPool } from '../../../../src/relays/index.ts';
import type { Vault } from '../vault.ts';

/**
 * In which browser a worker key works, once its books have left the first one. The books are fenced within a browser
 * only: two that went on with one key would answer and deliver twice, and refund twice. So the key says on the relays
 * (kind 30078) which browser it is, and the others stop as soon as they read it, or find it when they open.
 */
export interface BenchClaim {
  /** From now on this browser is the one; said when the workbench opens next. */
  take(): Promise<void>;
  /** Whether the books ever left a browser: before that nobody needs to say anything. */
  isNeeded(): Promise<boolean>;
  /** Claims, where that is needed, and watches until the signal aborts. Fails with `worked-elsewhere`. */
  hold(at: ClaimedBench): Promise<Outcome<void, 'worked-elsewhere'>>;
}

/** The worker key, its relays, and who is told when another browser has taken over. */
export interface ClaimedBench {
  readonly signer: Signer;
  readonly relays: RelayPool;
  readonly relayUrls: readonly string[];
  readonly signal: AbortSignal;
  readonly onLost: () => void;
}

interface Kept {
  /** Random, of this browser. */
  readonly browser: string;
  /** When it was said, unix seconds; `null` until a relay has taken it. */
  readonly saidAt: number | null;
}

/** Application data (NIP-78). */
const CLAIM_KIND = 30078;
const CLAIM_NAME = 'coinop/bench';
/** A relay that does not answer holds nobody up for longer. */
const PATIENCE_MS = 3_000;
/** What no relay took is said again. */
const AGAIN_MS = 30_000;

/** Keeps the claim of a worker key under that name. */
export function keepClaim(vault: Vault, name: string): BenchClaim {
  return {
    take: () => vault.write(name, { browser: crypto.randomUUID(), saidAt: null } satisfies Kept),
    isNeeded: async () => (await vault.read<Kept>(name)) !== null,
    async hold(at) {
      const { signer, relays, relayUrls, signal, onLost } = at;
      const kept = await vault.read<Kept>(name);
      if (kept === null) return success(undefined);
      const { browser } = kept;
      let { saidAt } = kept;
      const filter = { kinds: [CLAIM_KIND], authors: [signer.pubkey], '#d': [CLAIM_NAME] };
      const isOthers = (claim: NostrEvent) => browserOf(claim) !== browser;
      const isLater = (claim: NostrEvent) => saidAt !== null && claim.created_at >= saidAt;
      let newestAt = 0;
      const say = async () => {
        const createdAt = Math.max(unixNow(), newestAt + 1);
        const claim = await signer.sign(claimOf(browser, createdAt));
        const receipts = await relays.publish(claim, relayUrls, { signal });
        if (!receipts.some(({ outcome }) => outcome === 'accepted' || outcome === 'duplicate')) return;
        saidAt = createdAt;
        await vault.write(name, { browser, saidAt } satisfies Kept);
      };
      const found = await relays.query(relayUrls, [filter], { signal, timeoutMs: PATIENCE_MS });
      if (found.some((claim) => isOthers(claim) && isLater(claim))) return ELSEWHERE;
      newestAt = Math.max(0, ...found.map(({ created_at }) => created_at));
      if (saidAt === null) await say();
      const again = setInterval(() => {
        if (saidAt === null) void say().catch(() => undefined); // the pool is closing
      }, AGAIN_MS);
      signal.addEventListener('abort', () => clearInterval(again), { once: true });
      void relays.subscribe({
        relays: relayUrls,
        filters: [filter],
        onEvent(claim) {
          newestAt = Math.max(newestAt, claim.created_at);
          if (!signal.aborted && isOthers(claim) && isLater(claim)) onLost();
        },
        signal,
      });
      return success(undefined);
    },
  };
}

function claimOf(browser: string, createdAt: number) {
  const tags = [['d', CLAIM_NAME]];
  return { kind: CLAIM_KIND, created_at: createdAt, tags, content: JSON.stringify({ browser }) };
}

function browserOf({ content }: NostrEvent): unknown {
  const said = parseJson(content);
  return isRecord(said) ? said['browser'] : null;
}

const ELSEWHERE = failure(
  'worked-elsewhere',
  'These jobs were taken to another browser, which works on them now. Two at once would answer and deliver twice.',
);
