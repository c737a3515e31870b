import type { Failure } from '../protocol/index.ts';
import { StoreError } from '../store/index.ts';

/** What the system says most often when a file cannot be used, and what to do about it. */
const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied; check who owns the file and its directory.',
  EPERM: 'Not permitted; check who owns the file and its directory.',
  ENOSPC: 'The disk is full; free some space.',
  EDQUOT: 'The disk quota is used up; free some space.',
  EROFS: 'The file system is read-only; choose another --home.',
  ENOTDIR: 'A part of the path is a file, not a directory.',
  EISDIR: 'This is a directory, not a file.',
  EMFILE: 'Too many files are open; raise the limit (ulimit -n).',
};

/** What was thrown (broken I/O, or a bug) as a coded failure: people get no stack trace. */
export function explainThrown(error: unknown): Failure {
  if (error instanceof StoreError) return { code: error.code, message: error.message };
  if (isSystemError(error)) {
    const path = error.path === undefined ? '' : `${error.path}: `;
    const words = SYSTEM_ERRORS[error.code] ?? `The system refused (${error.code}).`;
    return { code: 'system-error', message: `${path}${words}`, data: { system: error.code } };
  }
  const message = error instanceof Error ? error.message : 'Something unexpected was thrown.';
  return { code: 'unexpected', message: `${message} This is a bug in coinop; please report it.` };
}

function isSystemError(error: unknown): error is Error & { code: string; path?: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}
