import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { unixNow } from '../../../../src/clock/index.ts';
import { formatNcryptsec, generateSecretKey, pubkeyOf } from '../../../../src/keys/index.ts';
import type { Ledger, Sale } from '../../../../src/ledger/index.ts';
import type { Wallet } from '../../../../src/money/index.ts';
import { failure, success, type JobWords, type Outcome } from '../../../../src/protocol/index.ts';
import { refundSale, type FileDesk } from '../../../../src/provider/index.ts';
import type { Skill, WorkbenchState, WorkCalls, WorkTopics } from '../../work-contract.ts';
import { createCell, type Cell } from '../cell.ts';
import { keepWords } from '../kept-words.ts';
import { keptWork, type Vault } from '../vault.ts';
import { AWAY } from './away.ts';
import { createHands } from './hands.ts';
import { keepDrafts } from './drafts.ts';
import { createWorkView, type WorkView } from './work-view.ts';
import { openWorkbench, type OpenWorkbench } from './workbench.ts';

/** What the workbench gets from the engine; asked for anew each time it opens. */
export interface WorkingTools {
  readonly ownerPubkey: string;
  readonly vault: Vault;
  readonly ledger: () => Promise<Ledger>;
  readonly wallet: () => Wallet | null;
  readonly files: () => FileDesk | null;
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
  /** Whether a customer may still pay, or is owed something: the wallet must stay the same. */
  hasOpenMoney(): Promise<boolean>;
  /** Opens the workbench where skills were announced; again after the wallet or the relays changed. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

const MAX_SKILLS = 50;
const MAX_OPEN = 1_000;
const OPEN_MONEY: ReadonlySet<string> = new Set(['quoted', 'locked', 'settling', 'refund-due', 'refunding']);
/** setTimeout wraps beyond 2^31-1 ms. */
const MAX_TIMER_MS = 2_147_483_647;

interface Profile {
  readonly name: string;
  readonly skills: readonly Skill[];
}

interface Open extends OpenWorkbench {
  readonly ledger: Ledger;
  readonly view: WorkView;
}

const CLOSED = failure(
  'workbench-closed',
  'Announce a skill first: then requests can be heard and answered.',
);

/** Makes the workbench; it stays closed until `reopen`. */
export function createWorking(tools: WorkingTools): Working {
  const { vault } = tools;
  const names = keptWork(tools.ownerPubkey);
  const drafts = keepDrafts(vault);
  const words = keepWords(vault, 'sold');
  const hands = createHands((requestId) => drafts.submitted(requestId));
  const state = createCell<WorkbenchState>(AWAY);
  const news = createCell(0);
  let open: Open | null = null;
  let endOfHours: ReturnType<typeof setTimeout> | undefined;
  let turn: Promise<unknown> = Promise.resolve();

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
  const onWords = ({ id, requestId, type, text, createdAt: at }: JobWords) => {
    void words.add(requestId, { id, type, text, at, mine: false }).then(refresh);
  };

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
    const profile = await vault.read<Profile>(names.profile);
    if (profile === null || profile.skills.length === 0) return state.set(AWAY);
    const secretKey = await workerKey();
    const presentUntil = await hours();
    patch({ ...profile, workerPubkey: pubkeyOf(secretKey), presentUntil });
    const closing = new AbortController();
    const ledger = await tools.ledger();
    const relayUrls = tools.relayUrls();
    const opened = await openWorkbench({
      secretKey,
      skills: profile.skills,
      relayUrls,
      ledger,
      wallet: tools.wallet(),
      files: tools.files(),
      hands,
      isPresent: presentUntil !== null,
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
    patch({ trouble: null });
    waitForEnd(presentUntil);
    refresh();
  };
  /** Opening and closing, one after the other. */
  const inTurn = <Value>(run: () => Promise<Value>): Promise<Value> => {
    const next = turn.then(run);
    turn = next.catch(() => undefined);
    return next;
  };

  /** Until when the person is there; `null` when that is over. */
  const hours = async (): Promise<number | null> => {
    const until = await vault.read<number>(names.hours);
    return until !== null && until > unixNow() ? until : null;
  };
  const waitForEnd = (until: number | null) => {
    clearTimeout(endOfHours);
    if (until === null) return;
    const leftMs = Math.min((until - unixNow()) * 1000, MAX_TIMER_MS);
    endOfHours = setTimeout(() => void setHours(null), Math.max(leftMs, 0));
  };
  const setHours = async (until: number | null): Promise<void> => {
    if (until === null) await vault.remove(names.hours);
    else await vault.write(names.hours, until);
    const presentUntil = await hours();
    patch({ presentUntil });
    waitForEnd(presentUntil);
    open?.provider.setPresent(presentUntil !== null);
  };

  return {
    state,
    calls: {
      'work.set-skills': async ({ name, skills }) => {
        const problem = problemOf(skills);
        if (problem !== null) return failure('invalid-skills', problem);
        await vault.write(names.profile, { name, skills } satisfies Profile);
        await inTurn(openNow);
        return success(undefined);
      },
      'work.set-hours': async ({ until }) => {
        await setHours(until);
        return success(undefined);
      },
      'work.quote': async ({ requestId, amountMsat, usualSeconds, worstSeconds, note }) =>
        told(
          await open?.provider.byHand.offer(requestId, {
            amountMsat,
            usualSeconds,
            worstSeconds,
            note: note.trim() === '' ? null : note,
          }),
        ),
      'work.decline': async ({ requestId, reason }) =>
        told(await open?.provider.byHand.decline(requestId, reason)),
      'work.save-draft': async ({ requestId, draft }) => {
        await drafts.save(requestId, draft);
        return success(undefined);
      },
      'work.send-partial': async ({ requestId, content }) =>
        hands.sendPartial(requestId, content) ? success(undefined) : NOT_IN_HAND,
      'work.deliver': async ({ requestId, draft }) => {
        if (open === null) return CLOSED;
        const sale = await open.ledger.sales.get(open.signer.pubkey, requestId);
        const isTaken = sale?.work === 'working' || (sale?.work === 'accepted' && sale.money !== 'quoted');
        if (!isTaken) return NOT_IN_HAND;
        await drafts.submit(requestId, draft);
        hands.submitted(requestId);
        return success(undefined);
      },
      'work.give-up': async ({ requestId, reason }) => {
        if (open === null) return CLOSED;
        if (hands.giveUp(requestId, reason)) return success(undefined);
        const { signer, ledger } = open;
        const operator = { signer, ledger, relayUrls: tools.relayUrls(), now: unixNow };
        return told(await refundSale(operator, { requestId, amountMsat: null }));
      },
      'work.write': async ({ requestId, text }) => {
        const written = await open?.provider.byHand.write(requestId, { type: 'note', text });
        if (written?.ok !== true) return told(written);
        await words.add(requestId, {
          id: crypto.randomUUID(),
          mine: true,
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
      const look = async () => {
        const job = (await open?.view.job(requestId)) ?? null;
        if (signal.aborted) return;
        tell(job);
        await words.markRead(requestId);
      };
      news.watch(() => void look().catch(() => undefined), signal);
    },
    watchEarnings(limit, tell, signal) {
      const look = async () => {
        const rows = (await open?.view.earnings(limit)) ?? [];
        if (!signal.aborted) tell(rows);
      };
      news.watch(() => void look().catch(() => undefined), signal);
    },
    async hasOpenMoney() {
      if (open === null) return false;
      const sales = await open.ledger.sales.listOpen({ providerPubkey: open.signer.pubkey, limit: MAX_OPEN });
      return sales.some(({ money }) => OPEN_MONEY.has(money));
    },
    reopen: () => inTurn(openNow),
    close: () => {
      clearTimeout(endOfHours);
      return inTurn(closeNow);
    },
  };
}

/** What the page is told of a decision: that it was made, or why not. */
function told(decided: Outcome<unknown> | undefined): Outcome<void> {
  if (decided === undefined) return CLOSED;
  return decided.ok ? success(undefined) : decided;
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

const NOT_IN_HAND = failure('not-in-hand', 'The job is not paid for, or not yours to do any more.');
