const MAX_WALLET_WORDS = 200;

/**
 * A wallet's own words as data for a failure: shortened, without control characters and without anything that
 * looks like a key, a preimage or a macaroon.
 */
export function walletWords(text: unknown): string {
  const words = typeof text === 'string' ? text.slice(0, MAX_WALLET_WORDS * 2) : '';
  return words
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/[0-9a-z+/_-]{32,}/gi, '…')
    .slice(0, MAX_WALLET_WORDS);
}
