import { keyListFile } from '../account/index.ts';
import { failure, success, type Failure, type Outcome } from '../protocol/index.ts';
import type { KeyList } from '../provider/index.ts';

/** What a list in a file is followed with: see `keyListFile`. */
export interface KeyListParts {
  readonly onTrouble: (trouble: Failure) => void;
  readonly signal: AbortSignal;
}

/**
 * Opens a file with keys of customers that an operator named, and follows it. Fails with `key-list-unreadable`: who was
 * to be locked out must not be let in by a slip in a path.
 */
export async function openKeyList(path: string, parts: KeyListParts): Promise<Outcome<KeyList>> {
  try {
    return success(await keyListFile(path, parts));
  } catch {
    return failure(
      'key-list-unreadable',
      `The list of keys ${path} cannot be read; make it or correct its path.`,
      {
        path,
      },
    );
  }
}
