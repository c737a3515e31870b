import { readFile, stat } from 'node:fs/promises';
import type { Failure } from '../protocol/index.ts';
import { parseKeyList, type KeyList } from '../provider/index.ts';

/** How often the file is looked at. */
const LOOK_MS = 2000;

/**
 * A list of customers' keys that is kept in a file (see `parseKeyList`) and follows it while the signal has not
 * aborted. A file that is missing or cannot be read leaves the list as it was, so that nobody is let in or locked out by
 * a slip of an editor; `onTrouble` tells of it as `key-list-unreadable`, of lines without a key as `key-list-line`.
 * Rejects when the file cannot be read at first.
 */
export async function keyListFile(
  path: string,
  { onTrouble, signal }: { readonly onTrouble: (trouble: Failure) => void; readonly signal: AbortSignal },
): Promise<KeyList> {
  let keys: ReadonlySet<string> = new Set();
  let readAs = '';
  let isTroubled = false;
  const read = async () => {
    const { mtimeMs, size } = await stat(path);
    const version = `${mtimeMs} ${size}`;
    if (version === readAs) return;
    const list = parseKeyList(await readFile(path, 'utf8'));
    [keys, readAs, isTroubled] = [list.keys, version, false];
    const [line] = list.unreadableLines;
    if (line !== undefined)
      onTrouble({ code: 'key-list-line', message: `Line ${line} of ${path} holds no public key in hex.` });
  };
  await read();
  const follow = () =>
    read().catch(() => {
      if (isTroubled) return;
      isTroubled = true;
      onTrouble({
        code: 'key-list-unreadable',
        message: `${path} cannot be read; the list stays as it was.`,
      });
    });
  const timer = setInterval(() => void follow(), LOOK_MS);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  return () => keys;
}
