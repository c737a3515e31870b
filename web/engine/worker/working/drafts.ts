import type { Draft } from '../../work-contract.ts';
import type { Vault } from '../vault.ts';

/** Drafts of results, kept while they are made. */
export interface Drafts {
  of(requestId: string): Promise<Draft | null>;
  save(requestId: string, draft: Draft): Promise<void>;
  /** From now on the draft counts as delivered; resolves when that is durable. */
  submit(requestId: string, draft: Draft): Promise<void>;
  /** The draft, if it was submitted. */
  submitted(requestId: string): Promise<Draft | null>;
  /** Once the result is in the books. */
  drop(requestId: string): Promise<void>;
}

/** A draft, and whether it counts as delivered. */
export interface KeptDraft {
  readonly draft: Draft;
  readonly submitted: boolean;
}

/** With what the names begin under which drafts are kept. */
export const DRAFT_PREFIX = 'draft:';

/** Under which name a draft is kept. */
export function draftName(requestId: string): string {
  return `${DRAFT_PREFIX}${requestId}`;
}

/** Keeps drafts in the vault. */
export function keepDrafts(vault: Vault): Drafts {
  const kept = (requestId: string) => vault.read<KeptDraft>(draftName(requestId));
  /** What is read and then written is done one after the other. */
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = (run: () => Promise<void>): Promise<void> => {
    const done = tail.then(run);
    tail = done.catch(() => undefined);
    return done;
  };
  return {
    of: async (requestId) => (await kept(requestId))?.draft ?? null,
    save: (requestId, draft) =>
      inTurn(async () => {
        if ((await kept(requestId))?.submitted === true) return; // what was delivered stays as it was
        await vault.write(draftName(requestId), { draft, submitted: false } satisfies KeptDraft);
      }),
    submit: (requestId, draft) =>
      inTurn(() => vault.write(draftName(requestId), { draft, submitted: true } satisfies KeptDraft)),
    submitted: async (requestId) => {
      const found = await kept(requestId);
      return found?.submitted === true ? found.draft : null;
    },
    drop: (requestId) => inTurn(() => vault.remove(draftName(requestId))),
  };
}
