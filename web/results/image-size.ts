/** Points of a picture. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** As much of a file as is read to find its size; camera pictures carry long notes in front. */
const HEAD_BYTES = 262_144;

/** More points than this are not opened: a small file can unfold into gigabytes. */
const MAX_POINTS = 40_000_000;
const MAX_SIDE = 16_000;

/** Whether a picture of this size can be opened without harm. */
export function isShowable({ width, height }: PictureSize): boolean {
  return width <= MAX_SIDE && height <= MAX_SIDE && width * height <= MAX_POINTS;
}

const known = new WeakMap<Blob, PictureSize | null>();

/** What `statedSize` found out about a file; `undefined` before. */
export function knownSize(file: Blob): PictureSize | null | undefined {
  return known.get(file);
}

/** The size that a PNG, GIF, WebP or JPEG states, read without opening it; `null` for anything else. */
export async function statedSize(file: Blob): Promise<PictureSize | null> {
  const size = known.get(file) ?? (await readSize(file));
  known.set(file, size);
  return size;
}

async function readSize(file: Blob): Promise<PictureSize | null> {
  const view = new DataView(await file.slice(0, HEAD_BYTES).arrayBuffer());
  try {
    return pngSize(view) ?? gifSize(view) ?? webpSize(view) ?? jpegSize(view);
  } catch (error) {
    if (error instanceof RangeError) return null; // ends too early
    throw error;
  }
}

function ascii(view: DataView, at: number, length: number): string {
  return String.fromCharCode(...new Uint8Array(view.buffer, at, length));
}

function pngSize(view: DataView): PictureSize | null {
  if (view.getUint32(0) !== 0x89504e47) return null;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

function gifSize(view: DataView): PictureSize | null {
  if (ascii(view, 0, 3) !== 'GIF') return null;
  return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
}

function webpSize(view: DataView): PictureSize | null {
  if (ascii(view, 0, 4) !== 'RIFF' || ascii(view, 8, 4) !== 'WEBP') return null;
  const form = ascii(view, 12, 4);
  if (form === 'VP8X') return { width: uint24(view, 24) + 1, height: uint24(view, 27) + 1 };
  if (form === 'VP8 ')
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  if (form !== 'VP8L') return null;
  const bits = view.getUint32(21, true);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

function uint24(view: DataView, at: number): number {
  return view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
}

/** Goes from mark to mark until the one that begins a frame. */
function jpegSize(view: DataView): PictureSize | null {
  if (view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 9 < view.byteLength; at += 2 + view.getUint16(at + 2)) {
    const mark = view.getUint8(at + 1);
    const isFrame = mark >= 0xc0 && mark <= 0xcf && mark !== 0xc4 && mark !== 0xc8 && mark !== 0xcc;
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
  }
  return null;
}
