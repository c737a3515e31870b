export { checkDraft, type Problem } from './check-draft.ts';
export { draftOf, emptyDraft, wishPartsOf, type JobDraft } from './draft.ts';
export { FileDrop } from './file-drop.tsx';
export { JobFields } from './job-fields.tsx';
