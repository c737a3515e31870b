import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { failure, success, type Outcome } from '../../protocol/index.ts';
import type { ByteRange } from './byte-range.ts';
import { writeWhole } from './file-directory.ts';

const About = z.object({
  mediaType: z.string(),
  uploadedAt: z.number(),
  owners: z.array(z.string()),
});

const HASH = /^[0-9a-f]{64}$/;
/** Names of blobs, of what is known of them, and of that while it is written. */
const OURS = /^[0-9a-f]{64}(\.json(\.[0-9a-f-]+\.unfinished)?)?$/;

/** What a shelf knows of a blob. */
export interface ShelvedBlob {
  readonly sha256: string;
  readonly size: number;
  readonly mediaType: string;
  /** Unix seconds. */
  readonly uploadedAt: number;
  /** Keys that uploaded it. */
  readonly owners: ReadonlySet<string>;
}

/** Bounds of one shelf. */
export interface ShelfLimits {
  /** Of one blob. */
  readonly blobBytes: number;
  /** Of all blobs together; above it the one that was neither uploaded nor fetched for longest goes first. */
  readonly totalBytes: number;
  readonly blobs: number;
  /** Of all blobs of one key. */
  readonly bytesPerKey: number;
  /** Keys that may own one blob: each is kept with it, and written anew with every change. */
  readonly ownersPerBlob: number;
}

/** `too-large`, `quota-exceeded`, `shelf-full`, `too-many-owners`: a limit. `hash-mismatch`: other bytes than were announced. */
export type ShelveRefusal =
  'too-large' | 'quota-exceeded' | 'shelf-full' | 'too-many-owners' | 'hash-mismatch';

/** What was used within this time is not cleared away for something new. */
const IN_USE_SECONDS = 600;

/** Content-addressed files on disk, and who put them there. One process at a time. */
export class BlobShelf {
  readonly #dir: string;
  readonly #limits: ShelfLimits;
  readonly #now: () => number;
  /** In the order of their last use. */
  readonly #blobs = new Map<string, ShelvedBlob & { readonly usedAt: number }>();
  readonly #bytesOf = new Map<string, number>();
  #total = 0;
  /** What changes the shelf, one after another: what is weighed against a limit is on it before the next is. */
  #changing: Promise<unknown> = Promise.resolve();

  private constructor(dir: string, limits: ShelfLimits, now: () => number) {
    this.#dir = dir;
    this.#limits = limits;
    this.#now = now;
  }

  /** Opens the shelf of a directory; what a crash left half-done is removed. */
  static async open(dir: string, limits: ShelfLimits, now: () => number): Promise<BlobShelf> {
    const shelf = new BlobShelf(dir, limits, now);
    await rm(join(dir, 'incoming'), { recursive: true, force: true });
    await mkdir(join(dir, 'incoming'), { recursive: true, mode: 0o700 });
    const names = await readdir(dir);
    const found: ShelvedBlob[] = [];
    for (const name of names) {
      const blob = HASH.test(name) ? await readAbout(dir, name) : null;
      if (blob !== null) found.push(blob);
    }
    const whole = new Set(found.map(({ sha256 }) => sha256));
    for (const name of names) {
      const isWhole = whole.has(name.replace(/\.json$/, ''));
      if (OURS.test(name) && !isWhole) await rm(join(dir, name), { force: true });
    }
    for (const blob of found.toSorted((left, right) => left.uploadedAt - right.uploadedAt))
      shelf.#note(blob, blob.uploadedAt);
    return shelf;
  }

  get(sha256: string): ShelvedBlob | null {
    return this.#blobs.get(sha256) ?? null;
  }

  /** The bytes, and a mark that the blob is in use. */
  read(blob: ShelvedBlob, range: ByteRange | null): ReadableStream {
    this.#note(blob, this.#now());
    const path = join(this.#dir, blob.sha256);
    const stream = createReadStream(path, range === null ? {} : { start: range.first, end: range.last });
    return Readable.toWeb(stream) as ReadableStream; // Node's type and the web's differ in name only
  }

  /** Whether an upload of so many bytes could be taken from this key now. */
  check(pubkey: string, bytes: number): Outcome<void, ShelveRefusal> {
    if (bytes > this.#limits.blobBytes)
      return failure('too-large', `A file may have ${this.#limits.blobBytes} bytes at most.`);
    if ((this.#bytesOf.get(pubkey) ?? 0) + bytes > this.#limits.bytesPerKey)
      return failure('quota-exceeded', `The files of one key may have ${this.#limits.bytesPerKey} bytes.`);
    return success(undefined);
  }

  /** Takes a blob from a stream of bytes; whoever uploads one that is here becomes one of its owners. */
  async put(
    bytes: AsyncIterable<Uint8Array>,
    about: { readonly sha256: string; readonly mediaType: string; readonly pubkey: string },
  ): Promise<Outcome<{ readonly blob: ShelvedBlob; readonly created: boolean }, ShelveRefusal>> {
    const incoming = join(this.#dir, 'incoming', randomUUID());
    try {
      const written = await this.#receive(bytes, incoming);
      if (!written.ok) return written;
      if (written.value.sha256 !== about.sha256)
        return failure('hash-mismatch', 'The bytes have another hash than was announced.');
      return await this.#inTurn(() => this.#take(incoming, { ...about, size: written.value.size }));
    } finally {
      await rm(incoming, { force: true });
    }
  }

  /** Takes the key from the owners; without owners the blob goes. `false` when it was none of them. */
  disown(sha256: string, pubkey: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const blob = this.#blobs.get(sha256);
      if (blob?.owners.has(pubkey) !== true) return false;
      const owners = new Set([...blob.owners].filter((owner) => owner !== pubkey));
      if (owners.size === 0) await this.#remove(blob);
      else await this.#save({ ...blob, owners });
      return true;
    });
  }

  /** The blobs of a key, the latest first. */
  ownedBy(pubkey: string): ShelvedBlob[] {
    const owned = [...this.#blobs.values()].filter(({ owners }) => owners.has(pubkey));
    return owned.toSorted(
      (left, right) => right.uploadedAt - left.uploadedAt || (left.sha256 < right.sha256 ? -1 : 1),
    );
  }

  #inTurn<Value>(change: () => Promise<Value>): Promise<Value> {
    const changed = this.#changing.then(change);
    this.#changing = changed.catch(() => undefined); // whoever asked for it is told
    return changed;
  }

  /** Makes a file that was received, and has the hash that was announced, a blob of its uploader. */
  async #take(
    incoming: string,
    about: {
      readonly sha256: string;
      readonly mediaType: string;
      readonly pubkey: string;
      readonly size: number;
    },
  ): Promise<Outcome<{ readonly blob: ShelvedBlob; readonly created: boolean }, ShelveRefusal>> {
    const { sha256, size, pubkey } = about;
    const known = this.#blobs.get(sha256);
    if (known?.owners.has(pubkey) === true) return success({ blob: known, created: false });
    const allowed = this.check(pubkey, size);
    if (!allowed.ok) return allowed;
    if ((known?.owners.size ?? 0) >= this.#limits.ownersPerBlob)
      return failure('too-many-owners', 'Too many have stored this file here already; anybody may fetch it.');
    if (known === undefined && !(await this.#makeRoom(size)))
      return failure('shelf-full', 'There is no room for this file now; try again later.');
    if (known === undefined) await rename(incoming, join(this.#dir, sha256));
    const uploadedAt = known?.uploadedAt ?? this.#now();
    const owners = new Set([...(known?.owners ?? []), pubkey]);
    const blob = { sha256, size, mediaType: known?.mediaType ?? about.mediaType, uploadedAt, owners };
    await this.#save(blob);
    return success({ blob, created: known === undefined });
  }

  async #receive(
    bytes: AsyncIterable<Uint8Array>,
    path: string,
  ): Promise<Outcome<{ readonly sha256: string; readonly size: number }, 'too-large'>> {
    const hash = createHash('sha256');
    const file = await open(path, 'wx', 0o600);
    let size = 0;
    try {
      for await (const chunk of bytes) {
        size += chunk.length;
        if (size > this.#limits.blobBytes)
          return failure('too-large', `A file may have ${this.#limits.blobBytes} bytes at most.`);
        hash.update(chunk);
        await file.writeFile(chunk);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    return success({ sha256: hash.digest('hex'), size });
  }

  async #makeRoom(bytes: number): Promise<boolean> {
    const { totalBytes, blobs } = this.#limits;
    for (const blob of this.#blobs.values()) {
      if (this.#total + bytes <= totalBytes && this.#blobs.size < blobs) return true;
      if (this.#now() - blob.usedAt < IN_USE_SECONDS) return false; // the rest was used even later
      await this.#remove(blob);
    }
    return this.#total + bytes <= totalBytes && this.#blobs.size < blobs;
  }

  async #save(blob: ShelvedBlob): Promise<void> {
    const { mediaType, uploadedAt, owners } = blob;
    await writeWhole(
      join(this.#dir, `${blob.sha256}.json`),
      JSON.stringify({ mediaType, uploadedAt, owners: [...owners] }),
    );
    this.#note(blob, this.#now());
  }

  async #remove(blob: ShelvedBlob): Promise<void> {
    this.#forget(blob.sha256);
    await rm(join(this.#dir, `${blob.sha256}.json`), { force: true });
    await rm(join(this.#dir, blob.sha256), { force: true });
  }

  /** Puts the blob last in the order of use, and its bytes on the account of its owners. */
  #note(blob: ShelvedBlob, usedAt: number): void {
    this.#forget(blob.sha256);
    this.#blobs.set(blob.sha256, { ...blob, usedAt });
    this.#total += blob.size;
    for (const owner of blob.owners) this.#bytesOf.set(owner, (this.#bytesOf.get(owner) ?? 0) + blob.size);
  }

  #forget(sha256: string): void {
    const blob = this.#blobs.get(sha256);
    if (blob === undefined) return;
    this.#blobs.delete(sha256);
    this.#total -= blob.size;
    for (const owner of blob.owners) {
      const left = (this.#bytesOf.get(owner) ?? 0) - blob.size;
      if (left > 0) this.#bytesOf.set(owner, left);
      else this.#bytesOf.delete(owner);
    }
  }
}

async function readAbout(dir: string, sha256: string): Promise<ShelvedBlob | null> {
  try {
    const about = About.parse(JSON.parse(await readFile(join(dir, `${sha256}.json`), 'utf8')));
    const { size } = await stat(join(dir, sha256));
    return { sha256, size, ...about, owners: new Set(about.owners) };
  } catch {
    return null; // its upload was not finished
  }
}
