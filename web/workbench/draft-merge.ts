import type { Draft, KeptDraftState } from '../engine/index.ts';

/** A draft as one tab has it, beside what is kept, which other tabs of the same job may change. */
export interface EditedDraft {
  readonly draft: Draft;
  /** The kept version that it was made of. */
  readonly version: number;
  /** It is what is kept. */
  readonly isSaved: boolean;
  /** On its way to be kept; `null` for nothing. */
  readonly sending: Draft | null;
  /** It could not be kept, and is tried again with the next change. */
  readonly hasFailed: boolean;
  /** Kept by another tab while something unsaved stands here: the person chooses. */
  readonly other: { readonly draft: Draft; readonly version: number } | null;
}

/** What happens to it. */
export type DraftNews =
  | { readonly type: 'edited'; readonly draft: Draft }
  | { readonly type: 'sent'; readonly draft: Draft }
  /** `version` is what it is kept as; `null` when it is not. */
  | { readonly type: 'answered'; readonly draft: Draft; readonly version: number | null }
  | { readonly type: 'told'; readonly kept: KeptDraftState }
  | { readonly type: 'chosen'; readonly side: 'own' | 'other' };

const EMPTY: Draft = { content: '', mediaType: 'text/plain', file: null };

/** What a tab has when it opens the job. */
export function draftBegun({ draft, version }: KeptDraftState): EditedDraft {
  return {
    draft: draft ?? EMPTY,
    version,
    isSaved: true,
    sending: null,
    hasFailed: false,
    other: null,
  };
}

/** What it has after that. */
export function draftAfter(edited: EditedDraft, news: DraftNews): EditedDraft {
  switch (news.type) {
    case 'edited':
      return { ...edited, draft: news.draft, isSaved: false, hasFailed: false };
    case 'sent':
      return { ...edited, sending: news.draft };
    case 'answered':
      return answered(edited, news);
    case 'told':
      return told(edited, news.kept);
    case 'chosen':
      return chosen(edited, news.side);
  }
}

/** The version that a draft of this tab takes the place of, as the engine checks it; what is on its way is kept first. */
export function madeOf({ version, sending }: EditedDraft): number {
  return sending === null ? version : version + 1;
}

/** Whether there is something to keep that nothing else has been written over. */
export function isUnsaved({ isSaved, other }: EditedDraft): boolean {
  return !isSaved && other === null;
}

function answered(
  edited: EditedDraft,
  { draft, version }: { readonly draft: Draft; readonly version: number | null },
): EditedDraft {
  const sending = edited.sending === draft ? null : edited.sending;
  if (version === null) return { ...edited, sending, hasFailed: edited.draft === draft };
  if (version < edited.version) return { ...edited, sending };
  return { ...edited, sending, version, isSaved: edited.isSaved || edited.draft === draft };
}

function told(edited: EditedDraft, { draft, version }: KeptDraftState): EditedDraft {
  if (draft === null || version <= edited.version) return edited;
  if (edited.sending !== null && saysSame(draft, edited.sending))
    return { ...edited, version, sending: null, isSaved: edited.draft === edited.sending };
  if (edited.isSaved) return { ...edited, draft, version };
  if (saysSame(draft, edited.draft)) return { ...edited, version, isSaved: true, other: null };
  return { ...edited, other: { draft, version } };
}

function chosen(edited: EditedDraft, side: 'own' | 'other'): EditedDraft {
  const { other } = edited;
  if (other === null) return edited;
  const known = { ...edited, version: other.version, other: null, hasFailed: false };
  return side === 'own' ? known : { ...known, draft: other.draft, isSaved: true };
}

/** Drafts that came through the engine are copies: files are compared by what is said of them. */
function saysSame(one: Draft, other: Draft): boolean {
  const [file, otherFile] = [one.file, other.file];
  return (
    one.content === other.content &&
    one.mediaType === other.mediaType &&
    file?.name === otherFile?.name &&
    file?.blob.size === otherFile?.blob.size
  );
}
