/** What stands where a secret stood. */
const MASKED = '[secret]';

/** Known secrets that are shorter would be found in harmless words. */
const MIN_SECRET_CHARS = 6;

/** The words of anything that was said to us are cut to this, so that no line grows without end. */
const MAX_CHARS = 2000;

/**
 * How secrets look, whoever wrote them. A preimage cannot be told from an event's id, so that no such number stays in
 * free text: ids have fields of their own. Longer runs of letters and digits are tokens, unless they are public by
 * their prefix.
 */
const SHAPES: readonly (readonly [shape: RegExp, replacement: string])[] = [
  [/-----BEGIN [^-]+-----[\s\S]*?(?:-----END [^-]+-----|$)/g, MASKED],
  [/\b(?:nostr\+walletconnect|nostrwalletconnect|bunker|nostrconnect):[^\s"'`<>]+/gi, MASKED],
  [/\b(?:nsec1|ncryptsec1)[a-z0-9]*/gi, MASKED],
  [/\b(?:cashu|creq|lnurl)[a-z0-9_\-+/=]{8,}/gi, MASKED],
  [/\b(bearer|basic|l402|lsat|nostr)(\s+)[a-z0-9._~+/:=-]{6,}/gi, `$1$2${MASKED}`],
  [/(:\/\/)[^\s/@"'`<>]+@/g, `$1${MASKED}@`],
  [
    /(["']?[\w-]*(?:secret|passw(?:or)?d|passphrase|token|api[_-]?key|access[_-]?key|private[_-]?key|macaroon|preimage|nsec|mnemonic|seed)[\w-]*["']?\s*[:=]\s*)(?:"(?:\\.|[^"\\])*"?|'[^']*'?|[^\s,;&"'}\])]+)/gi,
    `$1${MASKED}`,
  ],
  [/\b(?:sk|pk|rk|ghp|gho|xox[a-z]|glpat|hf)[-_][a-z0-9_-]{8,}/gi, MASKED],
  [/[0-9a-f]{64,}/gi, MASKED],
  [
    /(?<![a-z0-9_+=-])(?!(?:npub|note|nevent|naddr|nprofile)1|ln(?:bc|tb|tbs|bcrt)\d)(?:(?=[a-z0-9_+=-]*\d)(?=[a-z0-9_+=-]*[a-z])[a-z0-9_+=-]{32,}|[a-z0-9_+=-]{40,})/gi,
    MASKED,
  ],
];

/**
 * Makes what takes secrets out of text: those it is told, in the ways they are written into addresses, and whatever
 * looks like one: keys, wallet connections, ecash, preimages, tokens, passwords in addresses.
 */
export function createMask(secrets: readonly string[]): (text: string) => string {
  const known = [...new Set(secrets.flatMap(spellings))]
    .filter((secret) => secret.length >= MIN_SECRET_CHARS)
    .toSorted((one, other) => other.length - one.length);
  return (text) => {
    const whole = known.reduce((left, secret) => left.replaceAll(secret, MASKED), text);
    // Half a secret would not be recognized as one, so the word that is cut through goes as well.
    const cut = whole.length > MAX_CHARS ? `${whole.slice(0, MAX_CHARS).replace(/\S+$/, '')}…` : whole;
    return SHAPES.reduce((left, [shape, replacement]) => left.replace(shape, replacement), cut);
  };
}

/** A secret as it is, without its line break, and as addresses and JSON write it. */
function spellings(secret: string): string[] {
  const bare = secret.trim();
  return [
    bare,
    encodeURIComponent(bare),
    JSON.stringify(bare).slice(1, -1),
    bare.toLowerCase(),
    bare.toUpperCase(),
  ];
}
