import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { pause, unixNow } from '../../../../src/clock/index.ts';
import { formatNcryptsec, generateSecretKey, pubkeyOf } from '../../../../src/keys/index.ts';
import type { GuardedFetch } from '../../../../src/http/index.ts';
import type { Ledger, Sale } from '../../../../src/ledger/index.ts';
import type { Wallet } from '../../../../src/money/index.ts';
import {
  REVIEW_KIND,
  failure,
  success,
  type Failure,
  type JobWords,
  type Outcome,
} from '../../../../src/protocol/index.ts';
import { refundSale, type FileDesk } from '../../../../src/provider/index.ts';
import type { RelayPool } from '../../../../src/relays/index.ts';
import type { Skill, WorkbenchState, WorkCalls, WorkTopics } from '../../work-contract.ts';
import { createCell, type Cell } from '../cell.ts';
import type { OwnersDesk } from '../desk.ts';
import { keepWords } from '../kept-words.ts';
import { benchClaim } from '../moving/browser-claim.ts';
import { keptWork, type Vault } from '../vault.ts';
import { AWAY } from './away.ts';
import { createHands } from './hands.ts';
import { keepDrafts } from './drafts.ts';
import { keepHours } from './hours.ts';
import { NO_PROFILE, readProfile, withSkills, type Profile } from './kept-profile.ts';
import { stateOperator } from './operator-statement.ts';
import { walletNeeded } from './wallet-needed.ts';
import { openAskedFile } from './asked-request.ts';
import { createWorkView, earnings, type WorkView } from './work-view.ts';
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

/** A person's own work in this browser. */
export interface Working {
  readonly state: Cell<WorkbenchState>;
  readonly calls: {
    readonly [Name in keyof WorkCalls]: (
      input: WorkCalls[Name]['input'],
    ) => Promise<WorkCalls[Name]['output']>;
  };
  /** Tells a job now and after every change, until the signal aborts. */
  watchJob(requestId: string, tell: (state: WorkTopics['job']['state']) => void, signal: AbortSignal): void;
  watchEarnings(
    limit: number,
    tell: (rows: WorkTopics['earnings']['state']) => void,
    signal: AbortSignal,
  ): void;
  /** Why the wallet must stay the same: customers may still pay to it, or are being paid back; `null` when it need not. */
  needsWallet(): Promise<Failure | null>;
  /** Opens the workbench where skills were announced; again after the wallet or the relays changed. */
  reopen(): Promise<void>;
  /** Lays everything down while that runs: jobs in hand are nobody's then, and taken up again after it. */
  whileClosed<Value>(run: () => Promise<Value>): Promise<Value>;
  close(): Promise<void>;
}

const MAX_SKILLS = 50;

interface Open extends OpenWorkbench {
  readonly ledger: Ledger;
  readonly view: WorkView;
}

const CLOSED = failure(
  'workbench-closed',
  'Announce a skill first: then requests can be heard and answered.',
);
const NOT_IN_HAND = failure('not-in-hand', 'The job is not paid for, or not yours to do any more.');

/** Makes the workbench; it stays closed until `reopen`. */
export function createWorking(tools: WorkingTools): Working {
  const { vault, desk } = tools;
  const names = keptWork(desk.pubkey);
  const claim = benchClaim(vault, desk.pubkey);
  const drafts = keepDrafts(vault);
  const words = keepWords(vault, 'sold');
  const hands = createHands((requestId) => drafts.submitted(requestId));
  const away = { ...AWAY, ownerPubkey: desk.pubkey };
  const state = createCell<WorkbenchState>(away);
  const news = createCell(0);
  let open: Open | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  /** Of two versions of one second relays may keep either, and what is withdrawn in it stays withdrawn. */
  let announcedAt = 0;

  const patch = (change: Partial<WorkbenchState>) => state.set({ ...state.value, ...change });
  const refresh = debounced(async () => {
    if (open === null) return;
    patch(await open.view.lists());
    news.set(news.value + 1);
  });
  const onChange = (sale: Sale) => {
    if (sale.result !== null) void drafts.drop(sale.requestId);
    refresh();
  };
  const onWords = ({ id, requestId, authorPubkey: by, type, text, createdAt: at }: JobWords) => {
    void words.add(requestId, { id, type, text, at, by, mine: false }).then(refresh);
  };

  const hours = keepHours(vault, names.hours, (presentUntil) => {
    patch({ presentUntil });
    open?.provider.setPresent(presentUntil !== null && state.value.skills.length > 0);
  });
  const workerKey = async (): Promise<Uint8Array> => {
    const kept = await vault.readSecret(names.key);
    if (kept !== null) return hexToBytes(kept);
    const made = generateSecretKey();
    await vault.writeSecret(names.key, bytesToHex(made));
    return made;
  };
  const closeNow = async () => {
    const closing = open;
    open = null;
    await closing?.close();
  };
  const openNow = async () => {
    await closeNow();
    const profile = await readProfile(vault, names.profile);
    if (profile === null) return state.set(away);
    const { name, skills, retired, linked, statement } = profile;
    const secretKey = await workerKey();
    const presentUntil = await hours.until();
    await pause(Math.max(0, (announcedAt + 1) * 1000 - Date.now()), desk.signal);
    patch({ name, skills, linked, workerPubkey: pubkeyOf(secretKey), presentUntil });
    const closing = new AbortController();
    const ledger = await tools.ledger();
    const relayUrls = tools.relayUrls();
    const opened = await openWorkbench({
      secretKey,
      skills,
      retired,
      sellerName: name,
      operatorPubkey: linked ? desk.pubkey : null,
      claim,
      onLost: () => void inTurn(openNow),
      relayUrls,
      ledger,
      wallet: tools.wallet(),
      ecash: tools.ecash,
      files: tools.files(),
      hands,
      isPresent: presentUntil !== null && skills.length > 0,
      onChange,
      onTrouble: (trouble) => patch({ trouble }),
      onWords,
    });
    if (!opened.ok) return patch({ trouble: opened.failure });
    const { signer, relays } = opened.value;
    const view = createWorkView({ signer, ledger, relays, relayUrls, drafts, words, signal: closing.signal });
    open = {
      ...opened.value,
      ledger,
      view,
      close: () => {
        closing.abort();
        return opened.value.close();
      },
    };
    announcedAt = unixNow();
    patch({ trouble: null });
    // The relays may be others than before, or have forgotten it.
    if (linked && statement !== null) void desk.relays.publish(statement, relayUrls, closing).catch(() => []);
    refresh();
  };
  /** Opening and closing, one after the other. */
  const inTurn = <Value>(run: () => Promise<Value>): Promise<Value> => {
    const next = turn.then(run);
    turn = next.catch(() => undefined);
    return next;
  };

  const setSkills: Working['calls']['work.set-skills'] = async ({ name, skills, linked }) => {
    const problem = problemOf(skills);
    if (problem !== null) return failure('invalid-skills', problem);
    const before = (await readProfile(vault, names.profile)) ?? NO_PROFILE;
    const profile = { ...withSkills(before, name, skills), linked };
    const sayOf = async (stands: boolean) =>
      stateOperator(desk, {
        workerPubkey: pubkeyOf(await workerKey()),
        stands,
        before: before.statement,
      });
    // Nothing is announced of the person before its own key has agreed.
    const said = linked && before.statement === null ? await sayOf(true) : null;
    if (said?.ok === false) return said;
    const statement = said?.value ?? before.statement;
    await vault.write(names.profile, { ...profile, statement } satisfies Profile);
    if (skills.length === 0) await hours.set(null);
    await inTurn(openNow);
    await open?.withdrawn;
    announcedAt = unixNow();
    if (linked || statement === null) return success(undefined);
    const unsaid = await sayOf(false);
    if (!unsaid.ok) return unsaid;
    await vault.write(names.profile, { ...profile, statement: null } satisfies Profile);
    return success(undefined);
  };
  const closed = () => {
    const { trouble } = state.value;
    return trouble === null ? CLOSED : failure(trouble.code, trouble.message);
  };
  /** What the page is told of a decision: that it was made, or why not. */
  const told = (decided: Outcome<unknown> | undefined): Outcome<void> => {
    if (decided === undefined) return closed();
    return decided.ok ? success(undefined) : decided;
  };

  return {
    state,
    calls: {
      'work.set-skills': setSkills,
      'work.take-over': async () => {
        await claim.take();
        await inTurn(openNow);
        return open === null ? closed() : success(undefined);
      },
      'work.set-hours': async ({ until }) => {
        await hours.set(until);
        return success(undefined);
      },
      'work.quote': async ({ requestId, amountMsat, usualSeconds, worstSeconds, note, plan }) =>
        told(
          await open?.provider.byHand.offer(requestId, {
            amountMsat,
            usualSeconds,
            worstSeconds,
            note: note.trim() === '' ? null : note,
            ...(plan === null ? {} : { plan }),
          }),
        ),
      'work.decline': async ({ requestId, reason }) =>
        told(await open?.provider.byHand.decline(requestId, reason)),
      'work.save-draft': async ({ requestId, draft }) => {
        await drafts.save(requestId, draft);
        return success(undefined);
      },
      'work.open-file': async (wanted) =>
        open === null ? closed() : openAskedFile({ ...open, fetch: tools.fetch }, wanted, desk.signal),
      'work.send-partial': async ({ requestId, content }) =>
        hands.sendPartial(requestId, content) ? success(undefined) : NOT_IN_HAND,
      'work.deliver': async ({ requestId, draft }) => {
        if (open === null) return closed();
        const sale = await open.ledger.sales.get(open.signer.pubkey, requestId);
        const isTaken = sale?.work === 'working' || (sale?.work === 'accepted' && sale.money !== 'quoted');
        if (!isTaken) return NOT_IN_HAND;
        await drafts.submit(requestId, draft);
        hands.submitted(requestId);
        return success(undefined);
      },
      'work.give-up': async ({ requestId, reason }) => {
        if (open === null) return closed();
        if (hands.giveUp(requestId, reason)) return success(undefined);
        const { signer, ledger } = open;
        const operator = { signer, ledger, relayUrls: tools.relayUrls(), now: unixNow };
        return told(await refundSale(operator, { requestId, amountMsat: null }));
      },
      'work.write': async ({ requestId, text }) => {
        if (open === null) return closed();
        const { provider, signer } = open;
        const written = await provider.byHand.write(requestId, { type: 'note', text });
        if (!written.ok) return told(written);
        await words.add(requestId, {
          id: crypto.randomUUID(),
          mine: true,
          by: signer.pubkey,
          type: 'note',
          text,
          at: unixNow(),
        });
        refresh();
        return success(undefined);
      },
      'work.export-key': async ({ password }) => {
        const kept = await vault.readSecret(names.key);
        return kept === null ? CLOSED : success(formatNcryptsec(hexToBytes(kept), password));
      },
    },
    watchJob(requestId, tell, signal) {
      let heardResultId: string | null = null;
      const look = async () => {
        await turn; // what is being opened is not closed
        const job = (await open?.view.job(requestId)) ?? null;
        if (signal.aborted) return;
        tell(job);
        const resultId = job?.sale.result?.id ?? null;
        if (open !== null && resultId !== null && resultId !== heardResultId) {
          heardResultId = resultId;
          void hearReviews(open.relays, resultId);
        }
        if (await words.markRead(requestId)) refresh(); // lists count what is unread
      };
      /** What is said of the result comes after all moves of the job, from relays alone. */
      const hearReviews = (relays: RelayPool, resultId: string) =>
        relays.subscribe({
          relays: tools.relayUrls(),
          filters: [{ kinds: [REVIEW_KIND], '#e': [resultId] }],
          onEvent: () => void look().catch(() => undefined),
          signal: AbortSignal.any([signal, desk.signal]),
        });
      news.watch(() => void look().catch(() => undefined), signal);
    },
    watchEarnings(limit, tell, signal) {
      const look = async () => {
        const key = await vault.readSecret(names.key);
        const ledger = await tools.ledger();
        const rows = key === null ? [] : await earnings(ledger, pubkeyOf(hexToBytes(key)), limit);
        if (!signal.aborted) tell(rows);
      };
      news.watch(() => void look().catch(() => undefined), signal);
    },
    async needsWallet() {
      const key = await vault.readSecret(names.key);
      return key === null ? null : walletNeeded(await tools.ledger(), pubkeyOf(hexToBytes(key)));
    },
    reopen: () => inTurn(openNow),
    whileClosed: (run) =>
      inTurn(async () => {
        await closeNow();
        try {
          return await run();
        } finally {
          await openNow();
        }
      }),
    close: () => {
      hours.stop();
      return inTurn(closeNow);
    },
  };
}

function problemOf(skills: readonly Skill[]): string | null {
  if (skills.length > MAX_SKILLS) return `At most ${MAX_SKILLS} skills are announced.`;
  if (new Set(skills.map(({ id }) => id)).size < skills.length) return 'Two skills have the same name.';
  if (skills.some(({ fromMsat }) => fromMsat < 0n)) return 'A price is zero or more.';
  return null;
}

/** Runs it soon, once for all that ask meanwhile, and again for those that ask while it runs. */
function debounced(run: () => Promise<void>): () => void {
  let [isDue, isRunning] = [false, false];
  const loop = async () => {
    isRunning = true;
    while (isDue) {
      isDue = false;
      await run().catch(() => undefined); // the books are closing; the next change asks again
    }
    isRunning = false;
  };
  return () => {
    isDue = true;
    if (!isRunning) void loop();
  };
}
