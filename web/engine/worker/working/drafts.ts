import { failure, success, type Outcome } from '../../../../src/protocol/index.ts';
import type { Draft, KeptDraftState } from '../../work-contract.ts';
import type { Vault } from '../vault.ts';

/** Drafts of results, kept while they are made. */
export interface Drafts {
  /** What is kept of a job. */
  of(requestId: string): Promise<KeptDraftState>;
  /** Keeps what was made of version `over`, and says which version it is; fails with `draft-changed`. */
  save(requestId: string, draft: Draft, over: number): Promise<Outcome<number>>;
  /** From now on the draft counts as delivered; resolves when that is durable. Fails with `draft-changed`. */
  submit(requestId: string, draft: Draft, over: number): Promise<Outcome<number>>;
  /** What was submitted could not be delivered as it is: it is a draft again. */
  reopen(requestId: string): Promise<void>;
  /** The draft, if it was submitted. */
  submitted(requestId: string): Promise<Draft | null>;
  /** Once the result is in the books. */
  drop(requestId: string): Promise<void>;
  /** Tells what is kept of a job after each change, until the signal aborts. */
  watch(requestId: string, tell: (kept: KeptDraftState) => void, signal: AbortSignal): void;
}

/** A draft, and whether it counts as delivered. */
export interface KeptDraft {
  readonly draft: Draft;
  readonly submitted: boolean;
  /** Counts the changes; the first one where it is left out. */
  readonly version?: number;
}

/** With what the names begin under which drafts are kept. */
export const DRAFT_PREFIX = 'draft:';

/** Under which name a draft is kept. */
export function draftName(requestId: string): string {
  return `${DRAFT_PREFIX}${requestId}`;
}

/** Keeps drafts in the vault. */
export function keepDrafts(vault: Vault): Drafts {
  const watchers = new Set<(requestId: string, kept: KeptDraftState) => void>();
  const kept = async (requestId: string) => stateOf(await vault.read<KeptDraft>(draftName(requestId)));
  /** What is read and then written is done one after the other. */
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = <Value>(run: () => Promise<Value>): Promise<Value> => {
    const done = tail.then(run);
    tail = done.catch(() => undefined);
    return done;
  };
  const write = async (requestId: string, changed: Required<KeptDraft>) => {
    await vault.write(draftName(requestId), changed);
    for (const tell of watchers) tell(requestId, changed);
  };
  const change = (
    requestId: string,
    { draft, over, submitted }: { readonly draft: Draft; readonly over: number; readonly submitted: boolean },
  ): Promise<Outcome<number>> =>
    inTurn(async () => {
      const before = await kept(requestId);
      // The same call may come twice, when another tab has begun to lead meanwhile.
      const isSame = before.draft !== null && isSameDraft(before.draft, draft);
      if (isSame && before.submitted === submitted) return success(before.version);
      if (before.submitted || (before.version !== over && !isSame)) return CHANGED; // what was delivered stays
      await write(requestId, { draft, submitted, version: before.version + 1 });
      return success(before.version + 1);
    });
  return {
    of: kept,
    save: (requestId, draft, over) => change(requestId, { draft, over, submitted: false }),
    submit: (requestId, draft, over) => change(requestId, { draft, over, submitted: true }),
    reopen: (requestId) =>
      inTurn(async () => {
        const { draft, submitted, version } = await kept(requestId);
        if (draft !== null && submitted)
          await write(requestId, { draft, submitted: false, version: version + 1 });
      }),
    submitted: (requestId) =>
      inTurn(async () => {
        const { draft, submitted } = await kept(requestId);
        return submitted ? draft : null;
      }),
    drop: (requestId) => inTurn(() => vault.remove(draftName(requestId))),
    watch(requestId, tell, signal) {
      const hear = (changed: string, state: KeptDraftState) => {
        if (changed === requestId) tell(state);
      };
      if (signal.aborted) return;
      watchers.add(hear);
      signal.addEventListener('abort', () => watchers.delete(hear), { once: true });
    },
  };
}

const CHANGED = failure(
  'draft-changed',
  'The draft was changed in another tab, or is being delivered: look at what stands there first.',
);

function stateOf(kept: KeptDraft | null): KeptDraftState {
  if (kept === null) return { draft: null, submitted: false, version: 0 };
  return { draft: kept.draft, submitted: kept.submitted, version: kept.version ?? 1 };
}

/** Whether two drafts say the same, as far as that can be told without reading their files. */
function isSameDraft(one: Draft, other: Draft): boolean {
  return one.content === other.content && one.mediaType === other.mediaType && isSameFile(one, other);
}

function isSameFile({ file: one }: Draft, { file: other }: Draft): boolean {
  if (one === null || other === null) return one === other;
  return one.name === other.name && one.blob.size === other.blob.size && one.blob.type === other.blob.type;
}
