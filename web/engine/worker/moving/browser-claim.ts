import { unixNow } from '../../../../src/clock/index.ts';
import type { Signer } from '../../../../src/keys/index.ts';
import {
  isRecord,
  parseJson,
  success,
  type Failure,
  type NostrEvent,
  type Outcome,
} from '../../../../src/protocol/index.ts';
import type { RelayPool } from '../../../../src/relays/index.ts';
import { keptPurchases, keptWork, type Vault } from '../vault.ts';

/**
 * In which browser a key buys or works, once its books have left the first one. Books are fenced within a browser
 * only: two that went on with the same ones would pay, answer and deliver twice. So the key says on the relays
 * (kind 30078) which browser it is, and the others stop as soon as they read it, or find it when they open.
 */
export interface BrowserClaim {
  /** From now on this browser is the one, whatever others say; said when it is held next. */
  take(): Promise<void>;
  /** The books leave this browser for the first time: it is the one until another says so. Claimed before, nothing changes. */
  begin(): Promise<void>;
  /** Whether the books ever left a browser: before that nobody needs to say anything. */
  isNeeded(): Promise<boolean>;
  /** Whether it was taken, and not said yet: what another browser did before that is not known here. */
  isFresh(): Promise<boolean>;
  /** Claims, where that is needed, and watches until the signal aborts. Fails when another browser is the one. */
  hold(by: Claimant): Promise<Outcome<void>>;
}

/** The key that claims, its relays, and who is told when another browser has taken over. */
export interface Claimant {
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
  /** While it is unsaid: another claim from then on counts (unix seconds); of one that was taken, none does. */
  readonly since?: number;
}

/** Application data (NIP-78). */
const CLAIM_KIND = 30078;
/** A relay that does not answer holds nobody up for longer. */
const PATIENCE_MS = 3_000;
/** What no relay took is said again. */
const AGAIN_MS = 30_000;

/** In which browser one works under the worker key of this owner; lost it is `worked-elsewhere`. */
export function benchClaim(vault: Vault, ownerPubkey: string): BrowserClaim {
  return keepClaim(vault, keptWork(ownerPubkey).claim, { name: 'coinop/bench', elsewhere: WORKED_ELSEWHERE });
}

/** In which browser this key buys; lost it is `bought-elsewhere`. */
export function shopClaim(vault: Vault, pubkey: string): BrowserClaim {
  return keepClaim(vault, keptPurchases(pubkey).claim, { name: 'coinop/shop', elsewhere: BOUGHT_ELSEWHERE });
}

/** Keeps a claim in the vault; `name` is its own on the relays, `elsewhere` is what whoever lost it is told. */
function keepClaim(
  vault: Vault,
  keptAs: string,
  { name, elsewhere }: { readonly name: string; readonly elsewhere: Failure },
): BrowserClaim {
  const take = (kept: Omit<Kept, 'browser'>) =>
    vault.write(keptAs, { browser: crypto.randomUUID(), ...kept } satisfies Kept);
  const isNeeded = async () => (await vault.read<Kept>(keptAs)) !== null;
  return {
    take: () => take({ saidAt: null }),
    async begin() {
      if (!(await isNeeded())) await take({ saidAt: null, since: unixNow() });
    },
    isNeeded,
    async isFresh() {
      const kept = await vault.read<Kept>(keptAs);
      return kept !== null && kept.saidAt === null && kept.since === undefined;
    },
    async hold({ signer, relays, relayUrls, signal, onLost }) {
      const kept = await vault.read<Kept>(keptAs);
      if (kept === null) return success(undefined);
      const { browser, since } = kept;
      let { saidAt } = kept;
      const filter = { kinds: [CLAIM_KIND], authors: [signer.pubkey], '#d': [name] };
      const isOthers = (claim: NostrEvent) => browserOf(claim) !== browser;
      const isLater = ({ created_at: at }: NostrEvent) => at >= (saidAt ?? since ?? Infinity);
      let newestAt = 0;
      const say = async () => {
        const createdAt = Math.max(unixNow(), newestAt + 1);
        const claim = await signer.sign(claimOf(name, browser, createdAt));
        const receipts = await relays.publish(claim, relayUrls, { signal });
        if (!receipts.some(({ outcome }) => outcome === 'accepted' || outcome === 'duplicate')) return;
        saidAt = createdAt;
        await vault.write(keptAs, { browser, saidAt } satisfies Kept);
      };
      const found = await relays.query(relayUrls, [filter], { signal, timeoutMs: PATIENCE_MS });
      if (found.some((claim) => isOthers(claim) && isLater(claim))) return { ok: false, failure: elsewhere };
      newestAt = Math.max(0, ...found.map(({ created_at }) => created_at));
      const sayOnce = () => say().catch(() => undefined); // the signer refused, or the pool is closing
      if (saidAt === null) await sayOnce();
      const again = setInterval(() => {
        if (saidAt === null) void sayOnce();
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

function claimOf(name: string, browser: string, createdAt: number) {
  return {
    kind: CLAIM_KIND,
    created_at: createdAt,
    tags: [['d', name]],
    content: JSON.stringify({ browser }),
  };
}

function browserOf({ content }: NostrEvent): unknown {
  const said = parseJson(content);
  return isRecord(said) ? said['browser'] : null;
}

const WORKED_ELSEWHERE: Failure = {
  code: 'worked-elsewhere',
  message:
    'These jobs were taken to another browser, which works on them now. Two at once would answer and deliver twice.',
};
/** Why nothing is bought in a browser whose purchases have gone on in another one. */
export const BOUGHT_ELSEWHERE: Failure = {
  code: 'bought-elsewhere',
  message:
    'These purchases were taken to another browser, which goes on with them now. Two at once could pay twice.',
};
