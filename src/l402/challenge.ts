/** What a server asks for with status 402: pay the invoice, then show its preimage with the token. */
export interface L402Challenge {
  /** As the server wrote it; the credential repeats it. */
  readonly scheme: 'L402' | 'LSAT';
  /** Usually a macaroon in base64; nothing but characters that may stand in a header. */
  readonly token: string;
  readonly bolt11: string;
}

/** Longer headers are not read. */
const MAX_HEADER_CHARS = 32_768;
/** Characters that base64 of any kind and other compact tokens are made of; several macaroons have commas between. */
const TOKEN = /^[A-Za-z0-9+/=_.,~-]{1,8192}$/;
/** One scheme or parameter name, and the value behind it: in double quotes, in single quotes, or bare. */
const WORD = /[\s,]*([^\s,="']+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s,"']+)))?/y;

/**
 * Reads the L402 challenges of a `WWW-Authenticate` header (bLIP-26, RFC 9110), those under today's name before
 * those under the old one, `LSAT`. Challenges of other schemes may stand beside them. Lenient where servers in
 * the wild are: `token` for `macaroon`, spaces for commas, single quotes and none. One that names a parameter
 * twice is skipped, for two readers could each believe another.
 */
export function readChallenges(header: string): L402Challenge[] {
  if (header.length > MAX_HEADER_CHARS) return [];
  const challenges = splitChallenges(header).flatMap(({ scheme, params }) => {
    const token = params.get('macaroon') ?? params.get('token') ?? '';
    const bolt11 = params.get('invoice') ?? '';
    if ((scheme !== 'L402' && scheme !== 'LSAT') || bolt11 === '' || !TOKEN.test(token)) return [];
    return [{ scheme, token, bolt11 } as const];
  });
  return [
    ...challenges.filter(({ scheme }) => scheme === 'L402'),
    ...challenges.filter(({ scheme }) => scheme === 'LSAT'),
  ];
}

interface WrittenChallenge {
  /** In upper case. */
  readonly scheme: string;
  /** By name in lower case. */
  readonly params: Map<string, string>;
}

/** A word without a value begins a challenge, a word with one belongs to the challenge before it. */
function splitChallenges(header: string): WrittenChallenge[] {
  const challenges: WrittenChallenge[] = [];
  const ambiguous = new Set<WrittenChallenge>();
  const words = new RegExp(WORD);
  for (let word = words.exec(header); word !== null; word = words.exec(header)) {
    const [, name = '', quoted, singleQuoted, bare] = word;
    const value = quoted?.replace(/\\(.)/g, '$1') ?? singleQuoted ?? bare;
    const current = challenges.at(-1);
    if (value === undefined) challenges.push({ scheme: name.toUpperCase(), params: new Map() });
    else if (current?.params.has(name.toLowerCase())) ambiguous.add(current);
    else current?.params.set(name.toLowerCase(), value);
  }
  return challenges.filter((challenge) => !ambiguous.has(challenge));
}
