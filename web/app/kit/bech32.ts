/*
 * Writes bech32 (BIP-173). The library that the engine has for it would be the hundredth part of all that the first
 * page may weigh, and pages only ever write.
 */

const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** The 32 bytes of a key, written in hex, as words of five bits, the last one filled up with zeros. */
export function wordsOf(hex: string): number[] {
  const words: number[] = [];
  let rest = 0;
  let bits = 0;
  for (const digit of hex) {
    rest = (rest << 4) | Number.parseInt(digit, 16);
    bits += 4;
    if (bits < 5) continue;
    bits -= 5;
    words.push(rest >> bits);
    rest &= (1 << bits) - 1;
  }
  return bits === 0 ? words : [...words, rest << (5 - bits)];
}

/** What stands behind the `1`: the words and their checksum under this prefix. */
export function bech32Of(prefix: string, words: readonly number[]): string {
  const codes = Array.from(prefix, (letter) => letter.charCodeAt(0));
  const named = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
  const sum = polymod([...named, ...words, 0, 0, 0, 0, 0, 0]) ^ 1;
  const checksum = [25, 20, 15, 10, 5, 0].map((shift) => (sum >> shift) & 31);
  return [...words, ...checksum].map((word) => ALPHABET.charAt(word)).join('');
}

function polymod(words: readonly number[]): number {
  return words.reduce((sum, word) => {
    const top = sum >> 25;
    const next = ((sum & 0x1ffffff) << 5) ^ word;
    return GENERATOR.reduce((mixed, part, bit) => ((top >> bit) & 1 ? mixed ^ part : mixed), next);
  }, 1);
}
