import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { pause, unixNow } from '../../../../src/clock/index.ts';
import { generateSecretKey, pubkeyOf, secretKeySigner } from '../../../../src/keys/index.ts';
import type { GuardedFetch } from '../../../../src/http/index.ts';
import type { Ledger } from '../../../../src/ledger/index.ts';
import type { Wallet } from '../../../../src/money/index.ts';
import type { Failure } from '../../../../src/protocol/index.ts';
import type { FileDesk } from '../../../../src/provider/index.ts';
import type { WorkbenchState } from '../../work-contract.ts';
import type { OwnersDesk } from '../desk.ts';
import type { BrowserClaim } from '../moving/browser-claim.ts';
import { keptWork, type Vault } from '../vault.ts';
import type { Hours } from './hours.ts';
import { readProfile } from './kept-profile.ts';
import { createWorkView, type WorkView } from './work-view.ts';
import { openWorkbench, type OpenWorkbench, type WorkbenchParts } from './workbench.ts';

/** What the workbench gets from the engine; asked for anew each time it opens. */
export interface WorkingTools {
  /** The person's own key and relays; the worker key has relays of its own. */
  readonly desk: OwnersDesk;
  readonly vault: Vault;
  readonly ledger: () => Promise<Ledger>;
  readonly wallet: () => Wallet | null;
  /** The person's ecash in the name of the worker key; `null` while no mint is trusted. */
  readonly ecash: WorkbenchParts['ecash'];
  readonly files: () => FileDesk | null;
  /** For the files that jobs come with. */
  readonly fetch: GuardedFetch;
  readonly relayUrls: () => readonly string[];
}

/** Opens the workbench and lays it down, one after the other; what could not be opened is tried again. */
export interface Opening {
  /** `null` while it is not open. */
  readonly open: (OpenWorkbench & { readonly ledger: Ledger }) | null;
  /** What the books show: at once while it is not open, `null` before a skill was announced or where another browser works. */
  view(): Promise<WorkView | null>;
  /** The worker key, made on first use. */
  workerKey(): Promise<Uint8Array>;
  /** Opens it anew. */
  reopen(): Promise<void>;
  /** Opens it anew, and waits until what is not sold any more was withdrawn. */
  announce(): Promise<void>;
  /** Lays it down while that runs. */
  whileClosed<Value>(run: () => Promise<Value>): Promise<Value>;
  close(): Promise<void>;
}

/** A workbench that could not be opened is tried again after this; the pause doubles. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 300_000;

/**
 * Makes it; it stays closed until `reopen`. `onState` is told what has become of the workbench, and `onView` when there is
 * something else to be seen of its jobs.
 */
export function createOpening(
  tools: WorkingTools,
  parts: Pick<WorkbenchParts, 'hands' | 'onChange' | 'onTrouble' | 'onWords'> &
    Pick<Parameters<typeof createWorkView>[0], 'drafts' | 'words' | 'troubles'> & {
      readonly claim: BrowserClaim;
      readonly hours: Pick<Hours, 'until'>;
      /** `null` where nothing was ever announced. */
      readonly onState: (state: Partial<WorkbenchState> | null) => void;
      readonly onView: () => void;
    },
): Opening {
  const { vault, desk } = tools;
  const { hours, drafts, words, troubles, onState, onView } = parts;
  const names = keptWork(desk.pubkey);
  let open: Opening['open'] = null;
  let view: WorkView | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  let [retrying, failures] = [new AbortController(), 0];
  /** Of two versions of one second relays may keep either, and what is withdrawn in it stays withdrawn. */
  let announcedAt = 0;

  const workerKey = async (): Promise<Uint8Array> => {
    const kept = await vault.readSecret(names.key);
    if (kept !== null) return hexToBytes(kept);
    const made = generateSecretKey();
    await vault.writeSecret(names.key, bytesToHex(made));
    return made;
  };
  const inTurn = <Value>(run: () => Promise<Value>): Promise<Value> => {
    const next = turn.then(run);
    turn = next.catch(() => undefined);
    return next;
  };
  const closeNow = async () => {
    retrying.abort();
    const closing = open;
    if (closing === null) return;
    [open, view] = [null, null];
    await closing.close();
  };
  const openNow = async (): Promise<void> => {
    await closeNow();
    const profile = await readProfile(vault, names.profile);
    if (profile === null) return onState(null);
    const { name, skills, retired, linked, statement } = profile;
    const secretKey = await workerKey();
    const presentUntil = await hours.until();
    await pause(Math.max(0, (announcedAt + 1) * 1000 - Date.now()), desk.signal);
    onState({ name, skills, linked, workerPubkey: pubkeyOf(secretKey), presentUntil, mishap: null });
    const ledger = await tools.ledger();
    const relayUrls = tools.relayUrls();
    const opened = await openWorkbench({
      ...parts,
      secretKey,
      skills,
      retired,
      sellerName: name,
      operatorPubkey: linked ? desk.pubkey : null,
      onLost: () => void inTurn(openNow),
      relayUrls,
      ledger,
      wallet: tools.wallet(),
      ecash: tools.ecash,
      files: tools.files(),
      isPresent: presentUntil !== null && skills.length > 0,
    });
    const closing = new AbortController();
    const books = { ledger, relayUrls, drafts, words, troubles, signal: closing.signal };
    if (!opened.ok) {
      const isElsewhere = opened.failure.code === 'worked-elsewhere';
      // What another browser does by now is not in these books.
      view = isElsewhere
        ? null
        : createWorkView({ ...books, signer: secretKeySigner(secretKey), relays: null });
      notOpen(opened.failure, isElsewhere);
      return;
    }
    failures = 0;
    view = createWorkView({ ...books, ...opened.value });
    open = {
      ...opened.value,
      ledger,
      close: () => {
        closing.abort();
        return opened.value.close();
      },
    };
    announcedAt = unixNow();
    onState({ trouble: null });
    // The relays may be others than before, or have forgotten it.
    if (linked && statement !== null) void desk.relays.publish(statement, relayUrls, closing).catch(() => []);
    onView();
  };
  const notOpen = (trouble: Failure, isForGood: boolean) => {
    onState({ trouble });
    onView();
    if (!isForGood) retryLater();
  };
  const retryLater = () => {
    retrying = new AbortController();
    const { signal } = retrying;
    const pauseMs = Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS);
    failures += 1;
    void pause(pauseMs, AbortSignal.any([signal, desk.signal])).then(() => {
      if (!signal.aborted && !desk.signal.aborted) void inTurn(openNow).catch(retryLater);
    });
  };
  const reopen = () => {
    failures = 0;
    return inTurn(openNow);
  };

  return {
    get open() {
      return open;
    },
    async view() {
      if (view === null) await turn; // what is being opened is not closed
      return view;
    },
    workerKey,
    reopen,
    async announce() {
      await reopen();
      await open?.withdrawn;
      announcedAt = unixNow();
    },
    whileClosed: (run) =>
      inTurn(async () => {
        await closeNow();
        try {
          return await run();
        } finally {
          await openNow();
        }
      }),
    close: () => inTurn(closeNow),
  };
}
