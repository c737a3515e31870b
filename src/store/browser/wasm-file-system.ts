import type { PageFile } from './page-file.ts';
import { PAGE_BYTES } from './pages.ts';

/** Result codes and flags of SQLite (https://www.sqlite.org/rescode.html, https://www.sqlite.org/c3ref/c_open_autoproxy.html). */
const OK = 0;
const NOT_FOUND = 12;
const CANT_OPEN = 14;
const IO_ERROR_SHORT_READ = 522;
const IO_ERROR_WRITE = 778;
const OPEN_MAIN_DB = 0x100;

/** Julian days are counted from noon of 24 November 4714 BC: so many milliseconds before 1970. */
const UNIX_EPOCH_MS = 210_866_760_000_000n;

/**
 * A file system (https://www.sqlite.org/vfs.html) with one file, for a SQLite whose journals and temporary tables are
 * in memory. Nobody else opens the file, so that locks are none, and a sync does nothing: what is written is brought
 * to the disk after the commit, see `KeptPages`.
 */
export function fileSystemOf(module: { readonly HEAPU8: Uint8Array<ArrayBuffer> }, file: PageFile) {
  // Memory grows, and with it the view is another: never keep one.
  const bytes = (at: number, length: number) => module.HEAPU8.subarray(at, at + length);
  const view = (at: number) => new DataView(module.HEAPU8.buffer, at);
  return {
    name: 'pages',
    mxPathname: 64,
    hasAsyncMethod: () => false,
    xOpen(_vfs: number, _name: number, _file: number, flags: number, flagsInto: number): number {
      if ((flags & OPEN_MAIN_DB) === 0) return CANT_OPEN;
      if (flagsInto !== 0) view(flagsInto).setInt32(0, flags, true);
      return OK;
    },
    xDelete: (): number => OK,
    xAccess(_vfs: number, _name: number, _flags: number, into: number): number {
      view(into).setInt32(0, 0, true); // there are no journals
      return OK;
    },
    xFullPathname(_vfs: number, name: number, size: number, into: number): number {
      const end = module.HEAPU8.indexOf(0, name);
      if (end - name >= size) return CANT_OPEN;
      module.HEAPU8.copyWithin(into, name, end + 1);
      return OK;
    },
    xRandomness(_vfs: number, size: number, into: number): number {
      bytes(into, size).set(crypto.getRandomValues(new Uint8Array(size)));
      return size;
    },
    xCurrentTimeInt64(_vfs: number, into: number): number {
      view(into).setBigInt64(0, UNIX_EPOCH_MS + BigInt(Date.now()), true);
      return OK;
    },
    xClose: (): number => OK,
    xRead(_file: number, into: number, size: number, low: number, high: number): number {
      return file.read(bytes(into, size), offsetOf(low, high)) ? OK : IO_ERROR_SHORT_READ;
    },
    xWrite(_file: number, from: number, size: number, low: number, high: number): number {
      return file.write(bytes(from, size), offsetOf(low, high)) ? OK : IO_ERROR_WRITE;
    },
    xTruncate(_file: number, low: number, high: number): number {
      file.truncate(offsetOf(low, high));
      return OK;
    },
    xSync: (): number => OK,
    xFileSize(_file: number, into: number): number {
      view(into).setBigInt64(0, BigInt(file.size), true);
      return OK;
    },
    xLock: (): number => OK,
    xUnlock: (): number => OK,
    xCheckReservedLock(_file: number, into: number): number {
      view(into).setInt32(0, 0, true);
      return OK;
    },
    xFileControl: (): number => NOT_FOUND,
    xSectorSize: (): number => PAGE_BYTES,
    xDeviceCharacteristics: (): number => 0,
  };
}

/** SQLite gives offsets as two halves, the lower one signed. */
function offsetOf(low: number, high: number): number {
  return high * 2 ** 32 + (low >>> 0);
}
