import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { config } from 'zod';
import {
  openEcash,
  type AccountEcash,
  type EcashOwner,
  type OpenedEcash,
} from '../../../../src/account/browser.ts';
import { unixNow } from '../../../../src/clock/index.ts';
import { askMint } from '../../../../src/ecash/index.ts';
import { openBrowserEcashStore, type BrowserEcashStore } from '../../../../src/ecash/browser.ts';
import { createBrowserGuardedFetch, hostAndPort, type GuardedFetch } from '../../../../src/http/index.ts';
import { generateSecretKey } from '../../../../src/keys/index.ts';
import type { SpendingCaps, SpendingLedger } from '../../../../src/ledger/index.ts';
import type { Wallet } from '../../../../src/money/index.ts';
import { parseInvoice, type Failure, type LightningNetwork } from '../../../../src/protocol/index.ts';
import type { EcashState } from '../../ecash-contract.ts';
import type { Cell } from '../cell.ts';
import type { OwnersDesk } from '../desk.ts';
import { keptEcash, type Vault } from '../vault.ts';
import { ecashCalls, type EcashMoves } from './ecash-moves.ts';
import { keepEcashBudget } from './ecash-budget.ts';
import { lookAtTokens, viewEcash, type EcashSight } from './ecash-view.ts';
import { fundingWallet, isByPhone } from './funding.ts';
import { isMintUrl } from './mint-url.ts';

// The policy of the page allows no code that is made from text, and zod would try.
config({ jitless: true });

/** The ecash of one identity in this browser. */
export interface PageEcash {
  readonly mintUrls: readonly string[];
  /** What its owner buys with; another one after `reopen`. */
  readonly purse: AccountEcash;
  /** The same ecash for the key that its owner works under. */
  inNameOf(owner: EcashOwner): AccountEcash;
  readonly calls: EcashMoves;
  /** The books and the key to what their seed made, for a copy. */
  readonly store: BrowserEcashStore;
  readonly secretKey: Uint8Array;
  /** Whether a mint could be used now. */
  ask(mintUrl: string): ReturnType<typeof askMint>;
  /** Reads the books again. */
  refresh(): Promise<void>;
  /** Asks the mints how they are, and who took the tokens that were made. */
  look(): Promise<void>;
  /** Whether the connected wallet may still be paying for ecash: it must stay the same. */
  isBeingPaid(): Promise<boolean>;
  /** Goes on with these mints, and with the wallet that is connected now. */
  reopen(mintUrls: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** What is open is looked at again: often while a person is paying, else now and then. */
const LOOK_MS = { byPhone: 2_000, otherwise: 15_000 };

/** What the ecash of a page is opened with. */
export interface PageEcashParts {
  readonly desk: OwnersDesk;
  readonly vault: Vault;
  readonly mintUrls: readonly string[];
  /** A wallet that pays and is paid by itself; `null` while none is connected. */
  readonly connected: () => Wallet | null;
  readonly spending: SpendingLedger;
  /** What may leave the wallet; always as the budget stands now. */
  readonly caps: SpendingCaps;
  readonly network: LightningNetwork;
  /** The page's own address: one from this machine reaches mints of this machine. */
  readonly base: string;
  readonly state: Cell<EcashState>;
  /** Told whenever an operation may have changed what is owned. */
  readonly onMoved: () => void;
}

/**
 * Opens the ecash of a page: the same wallet as on a server, over books in IndexedDB. The key of its owner may be an
 * extension's, so seed and lock key come from a key that this browser made for them. Throws `StoreError`.
 */
export async function openPageEcash(parts: PageEcashParts): Promise<PageEcash> {
  const { desk, vault, connected, network, base, state } = parts;
  const kept = keptEcash(desk.pubkey);
  const budget = keepEcashBudget({ spending: parts.spending, pubkey: desk.pubkey, caps: parts.caps });
  const secretKey = await ownKey(vault, kept.key);
  const store = await openBrowserEcashStore({ name: `coinop-ecash-${desk.pubkey}` });
  /** Mints that are not trusted yet, and looked at for it. */
  const asked = new Set<string>();
  const fetch = mintFetch(base, () => [...opened.ecash.mintUrls, ...asked]);
  const troubles = new Map<string, Failure>();
  const taken = new Set<string>();
  const closing = new AbortController();
  const { signal } = closing;
  let looking: ReturnType<typeof setTimeout> | null = null;

  const open = (urls: readonly string[]): OpenedEcash =>
    openEcash({
      store,
      secretKey,
      mints: { urls, network },
      isOwnKey: false,
      signer: desk.signer,
      relays: desk.relays,
      relayUrls: desk.relayUrls,
      lightning: fundingWallet({ store, connected, budget }),
      fetch,
      restoredAt: () => vault.read<number>(kept.restoredAt),
      now: unixNow,
    });
  let opened = open(parts.mintUrls);
  const sight = (): EcashSight => ({ ecash: opened.ecash, store, troubles, taken });

  /** What is under way is resumed until nothing is. */
  const follow = (): void => {
    const { underWay } = state.value;
    if (looking !== null || underWay.length === 0 || signal.aborted) return;
    const isWaitedFor = underWay.some(({ bolt11 }) => bolt11 !== null);
    looking = setTimeout(() => void resume(), LOOK_MS[isWaitedFor ? 'byPhone' : 'otherwise']);
  };
  const settle = () => budget.settle(() => opened.ecash.movements(), connected(), signal);
  const resume = async (): Promise<void> => {
    try {
      const { endedCount } = await opened.ecash.resume({ signal });
      await settle();
      if (endedCount > 0) parts.onMoved();
      await refresh();
    } catch {
      // it is closing, or the books were taken over
    } finally {
      looking = null;
      follow();
    }
  };
  const refresh = async (): Promise<void> => {
    const seen = await viewEcash(sight());
    if (signal.aborted) return;
    state.set({ ...state.value, ...seen });
    follow();
  };
  const ask = async (mintUrl: string): ReturnType<typeof askMint> => {
    asked.add(mintUrl);
    const answer = await askMint({ mintUrl, fetch }, { signal });
    asked.delete(mintUrl);
    return answer;
  };
  const whenResumed = () =>
    void opened.resumed
      .then(settle)
      .then(refresh)
      .catch(() => undefined); // closing, or taken over
  whenResumed();
  await refresh();

  return {
    get mintUrls() {
      return opened.ecash.mintUrls;
    },
    get purse() {
      return opened.ecash;
    },
    inNameOf(owner) {
      const account = opened.inNameOf(owner);
      return {
        ...account,
        async redeem(wish, call) {
          const redeemed = await account.redeem(wish, call);
          void refresh().catch(() => undefined); // it is closing, and is read again at the next start
          return redeemed;
        },
      };
    },
    calls: ecashCalls({
      ecash: () => opened.ecash,
      connected,
      signal,
      async onMoved() {
        await refresh();
        parts.onMoved();
      },
    }),
    store,
    secretKey,
    ask,
    refresh,
    async look() {
      await Promise.all(
        opened.ecash.mintUrls.map(async (url) => {
          const answer = await ask(url);
          if (answer.ok) troubles.delete(url);
          else troubles.set(url, answer.failure);
        }),
      );
      await lookAtTokens(sight(), state.value.tokens, signal);
      await refresh();
    },
    async isBeingPaid() {
      const minting = (await store.openOperations()).filter(({ kind }) => kind === 'mint');
      return minting.some(({ id, bolt11 }) => {
        const invoice = parseInvoice(bolt11 ?? '');
        return !isByPhone(id.slice('mint:'.length)) && invoice.ok && invoice.value.expiresAt > unixNow();
      });
    },
    async reopen(mintUrls) {
      await opened.close();
      opened = open(mintUrls);
      whenResumed();
      await refresh();
    },
    async close() {
      closing.abort();
      if (looking !== null) clearTimeout(looking);
      await opened.close();
      await store.close();
    },
  };
}

async function ownKey(vault: Vault, name: string): Promise<Uint8Array> {
  const kept = await vault.readSecret(name);
  if (kept !== null) return hexToBytes(kept);
  const made = generateSecretKey();
  await vault.writeSecret(name, bytesToHex(made));
  return made;
}

/** Reaches mints of this machine only where the page itself is from it, and only those that its owner named. */
function mintFetch(base: string, named: () => readonly string[]): GuardedFetch {
  return (url, request) => {
    const own = named().filter((mintUrl) => isMintUrl(mintUrl, base));
    const allowHosts = own.map((mintUrl) => hostAndPort(new URL(mintUrl)));
    return createBrowserGuardedFetch({ allowHosts })(url, request);
  };
}
