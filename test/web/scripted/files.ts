/** A PNG of 640 to 400 points, striped. */
export const STRIPES = Uint8Array.from(
  atob(
    'iVBORw0KGgoAAAANSUhEUgAAAoAAAAGQAQAAAAAWiOyIAAAAi0lEQVR42u3MIQEAAAzDsPk3/U/EYErKkmtpqwcIBAKBQCAQCAQCgUAgEAgEAoFAIBAIBAKBQCAQCAQCgUAg' +
      'EAgEAoFAIBAIBAKBQCAQCAQCgUAgEAgEAoFAIBAIBAKBQCAQCAQCgUAgEAgEAoFAIBAIBAKBQCAQCAQCgUAgEAgEAoFAIBAIBAKBiz/YzEUjrm2sfwAAAABJRU5ErkJggg==',
  ),
  (character) => character.charCodeAt(0),
);

/** A recording of a second of silence. */
export function silence(): Uint8Array<ArrayBuffer> {
  const samples = 8000;
  const wav = new DataView(new ArrayBuffer(44 + samples));
  const write = (at: number, text: string) => {
    for (let index = 0; index < text.length; index += 1) wav.setUint8(at + index, text.charCodeAt(index));
  };
  write(0, 'RIFF');
  wav.setUint32(4, 36 + samples, true);
  write(8, 'WAVEfmt ');
  wav.setUint32(16, 16, true);
  wav.setUint16(20, 1, true);
  wav.setUint16(22, 1, true);
  wav.setUint32(24, samples, true);
  wav.setUint32(28, samples, true);
  wav.setUint16(32, 1, true);
  wav.setUint16(34, 8, true);
  write(36, 'data');
  wav.setUint32(40, samples, true);
  for (let at = 44; at < wav.byteLength; at += 1) wav.setUint8(at, 128);
  return new Uint8Array(wav.buffer);
}
