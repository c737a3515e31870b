import { hexToBytes } from '@noble/hashes/utils.js';
import { pubkeyOf } from '../../../../src/keys/index.ts';
import type { Sale } from '../../../../src/ledger/index.ts';
import {
  REVIEW_KIND,
  failure,
  success,
  type Failure,
  type JobWords,
} from '../../../../src/protocol/index.ts';
import type { RelayPool } from '../../../../src/relays/index.ts';
import type { JobState, Skill, WorkbenchState, WorkCalls, WorkTopics } from '../../work-contract.ts';
import type { WalletState } from '../../contract.ts';
import { isPaidInto } from '../../paid-into.ts';
import { createCell, type Cell } from '../cell.ts';
import { keepWords } from '../kept-words.ts';
import { benchClaim } from '../moving/browser-claim.ts';
import { keptWork } from '../vault.ts';
import { AWAY } from './away.ts';
import { createHands } from './hands.ts';
import { keepDrafts } from './drafts.ts';
import { keepHours } from './hours.ts';
import { NO_PROFILE, readProfile, withSkills, type Profile } from './kept-profile.ts';
import { stateOperator } from './operator-statement.ts';
import { walletNeeded } from './wallet-needed.ts';
import { jobCalls } from './job-calls.ts';
import { createOpening, type WorkingTools } from './opening.ts';
import { keepTroubles, troubleOf } from './troubles.ts';
import { earnings } from './work-view.ts';

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
  /**
   * Why the wallet must not give way to that one, or to none: customers may still pay to it, or are being paid back;
   * `null` when it may.
   */
  needsWallet(next: WalletState['by']): Promise<Failure | null>;
  /** Opens the workbench where skills were announced; again after the wallet or the relays changed. */
  reopen(): Promise<void>;
  /** Lays everything down while that runs: jobs in hand are nobody's then, and taken up again after it. */
  whileClosed<Value>(run: () => Promise<Value>): Promise<Value>;
  close(): Promise<void>;
}

const MAX_SKILLS = 50;

const CLOSED = failure(
  'workbench-closed',
  'Announce a skill first: then requests can be heard and answered.',
);

/** Makes the workbench; it stays closed until `reopen`. */
export function createWorking(tools: WorkingTools): Working {
  const { vault, desk } = tools;
  const names = keptWork(desk.pubkey);
  const claim = benchClaim(vault, desk.pubkey);
  const drafts = keepDrafts(vault);
  const words = keepWords(vault, 'sold');
  const troubles = keepTroubles();
  const hands = createHands((requestId) => drafts.submitted(requestId));
  const away = { ...AWAY, ownerPubkey: desk.pubkey };
  const state = createCell<WorkbenchState>(away);
  const news = createCell(0);
  const patch = (change: Partial<WorkbenchState>) => state.set({ ...state.value, ...change });
  const refresh = debounced(async () => {
    const view = await opening.view();
    if (view !== null) patch(await view.lists());
    news.set(news.value + 1);
  });
  const onChange = (sale: Sale) => {
    if (sale.result !== null) void drafts.drop(sale.requestId);
    troubles.moved(sale);
    refresh();
  };
  const onTrouble = (trouble: Failure, sale: Sale | null) => {
    if (sale === null) return patch({ mishap: troubleOf(trouble) });
    troubles.note(trouble, sale);
    // Its person is asked for less, and finds in the editor what there was of it.
    if (trouble.code === 'result-too-large') void drafts.reopen(sale.requestId);
    refresh();
  };
  const onWords = ({ id, requestId, authorPubkey: by, type, text, createdAt: at }: JobWords) => {
    void words.add(requestId, { id, type, text, at, by, mine: false }).then(refresh);
  };

  const hours = keepHours(vault, names.hours, (presentUntil) => {
    patch({ presentUntil });
    opening.open?.provider.setPresent(presentUntil !== null && state.value.skills.length > 0);
  });
  const opening = createOpening(tools, {
    claim,
    hours,
    hands,
    drafts,
    words,
    troubles,
    onChange,
    onTrouble,
    onWords,
    onState: (change) => (change === null ? state.set(away) : patch(change)),
    onView: refresh,
  });

  const setSkills: Working['calls']['work.set-skills'] = async ({ name, skills, linked }) => {
    const problem = problemOf(skills);
    if (problem !== null) return failure('invalid-skills', problem);
    const before = (await readProfile(vault, names.profile)) ?? NO_PROFILE;
    const profile = { ...withSkills(before, name, skills), linked };
    const sayOf = async (stands: boolean) =>
      stateOperator(desk, {
        workerPubkey: pubkeyOf(await opening.workerKey()),
        stands,
        before: before.statement,
      });
    // Nothing is announced of the person before its own key has agreed.
    const said = linked && before.statement === null ? await sayOf(true) : null;
    if (said?.ok === false) return said;
    const statement = said?.value ?? before.statement;
    await vault.write(names.profile, { ...profile, statement } satisfies Profile);
    if (skills.length === 0) await hours.set(null);
    await opening.announce();
    const announced = opening.open === null ? closed() : success(undefined);
    if (linked || statement === null) return announced;
    const unsaid = await sayOf(false);
    if (!unsaid.ok) return unsaid;
    await vault.write(names.profile, { ...profile, statement: null } satisfies Profile);
    return announced;
  };
  const closed = () => {
    const { trouble } = state.value;
    return trouble === null ? CLOSED : failure(trouble.code, trouble.message);
  };

  return {
    state,
    calls: {
      'work.set-skills': setSkills,
      'work.retry': async () => {
        await opening.reopen();
        return opening.open === null ? closed() : success(undefined);
      },
      'work.take-over': async () => {
        await claim.take();
        await opening.reopen();
        return opening.open === null ? closed() : success(undefined);
      },
      'work.set-hours': async ({ until }) => {
        await hours.set(until);
        return success(undefined);
      },
      ...jobCalls({
        open: () => opening.open,
        whyClosed: closed,
        hands,
        drafts,
        words,
        fetch: tools.fetch,
        relayUrls: tools.relayUrls,
        refresh,
        signal: desk.signal,
      }),
    },
    watchJob(requestId, tell, signal) {
      let heardResultId: string | null = null;
      let seen: JobState | null = null;
      const look = async () => {
        const view = await opening.view();
        const job = (await view?.job(requestId)) ?? null;
        if (signal.aborted) return;
        tell((seen = job));
        const resultId = job?.sale.result?.id ?? null;
        if (opening.open !== null && resultId !== null && resultId !== heardResultId) {
          heardResultId = resultId;
          void hearReviews(opening.open.relays, resultId);
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
      drafts.watch(
        requestId,
        ({ draft, submitted, version: draftVersion }) => {
          if (seen !== null) tell((seen = { ...seen, draft, submitted, draftVersion }));
        },
        signal,
      );
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
    async needsWallet(next) {
      if (tools.wallet() === null) return null; // nobody pays into the one that is connected
      const key = await vault.readSecret(names.key);
      if (key === null) return null;
      const workerPubkey = pubkeyOf(hexToBytes(key));
      return walletNeeded(await tools.ledger(), workerPubkey, { isReplaced: isPaidInto(next) });
    },
    reopen: () => opening.reopen(),
    whileClosed: (run) => opening.whileClosed(run),
    close: () => {
      hours.stop();
      return opening.close();
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
