import type { Outcome } from '../protocol/index.ts';
import { JobFailure, type ResolvedInput } from '../provider/index.ts';
import { runContained } from './contained-task.ts';
import type { DocumentKind } from './document-kind.ts';
import type { DocumentFailureCode, DocumentTask } from './document-text.ts';

/** What one document may cost. Node and the parsers need about 100 MB of the memory. */
const MAX_PAGES = 1000;
const MAX_MEMORY_BYTES = 400 * 2 ** 20;
const TIMEOUT_MS = 20_000;

/**
 * The text of a document, read in a process of its own under limits. Throws `JobFailure` with the codes of
 * `DocumentFailureCode`, or `unsupported-range`.
 */
export async function readDocument(
  input: ResolvedInput,
  kind: DocumentKind,
  wish: Pick<DocumentTask, 'format' | 'pages' | 'maxCharacters'>,
  signal: AbortSignal,
): Promise<string> {
  if (wish.pages && kind !== 'pdf')
    throw new JobFailure('unsupported-range', 'Only PDF documents have pages to choose a range of.');
  const task: DocumentTask = {
    ...wish,
    bytes: input.bytes,
    kind,
    mediaType: input.mediaType,
    maxPages: MAX_PAGES,
  };
  const run = await runContained<Outcome<string, DocumentFailureCode>>('document-task', task, {
    signal,
    timeoutMs: TIMEOUT_MS,
    maxMemoryBytes: MAX_MEMORY_BYTES,
  });
  if (!run.ok) {
    const code = run.failure.code === 'task-out-of-memory' ? 'file-too-large' : 'file-unreadable';
    throw new JobFailure(code, `The document could not be read. ${run.failure.message}`);
  }
  if (!run.value.ok) throw new JobFailure(run.value.failure.code, run.value.failure.message);
  return run.value.value;
}
