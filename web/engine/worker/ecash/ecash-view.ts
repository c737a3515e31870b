import type { EcashOperation, EcashStore } from '../../../../src/ecash/index.ts';
import type { AccountEcash } from '../../../../src/account/browser.ts';
import { satsToMsat, ZERO_MSAT, type Failure } from '../../../../src/protocol/index.ts';
import type { EcashMint, EcashState, EcashUnderWay, MadeToken } from '../../ecash-contract.ts';
import { isByPhone } from './funding.ts';

/** Tokens that are made by hand have keys that begin so. */
const BY_HAND = 'token ';
const MAX_TOKENS = 20;
const PAGE = 200;

/** The key of a token that is made by hand. */
export function tokenKey(idempotencyKey: string): string {
  return `${BY_HAND}${idempotencyKey}`;
}

/** What is shown is read from these. */
export interface EcashSight {
  readonly ecash: AccountEcash;
  readonly store: EcashStore;
  /** What was wrong with a mint when it was last asked. */
  readonly troubles: ReadonlyMap<string, Failure>;
  /** Keys of tokens that somebody took, as their mint said once. */
  readonly taken: Set<string>;
}

/** The ecash of an identity as pages see it. */
export async function viewEcash(sight: EcashSight): Promise<Omit<EcashState, 'hostMint'>> {
  const { ecash, store, troubles } = sight;
  const holdings = await ecash.holdings();
  const mints = ecash.mintUrls.map((url): EcashMint => {
    const held = holdings.find(({ mintUrl }) => mintUrl === url);
    const { freeMsat: amountMsat = ZERO_MSAT, heldMsat = ZERO_MSAT } = held ?? {};
    return { url, amountMsat, heldMsat, trouble: troubles.get(url) ?? null };
  });
  const underWay = (await store.openOperations()).map(underWayOf);
  return { mints, underWay, tokens: await tokensOf(sight) };
}

function underWayOf({ id, kind, mintUrl, amountSat, bolt11, createdAt }: EcashOperation): EcashUnderWay {
  const key = id.slice(kind.length + 1);
  const shown = kind === 'mint' && isByPhone(key) ? bolt11 : null;
  return { key, kind, mintUrl, amountMsat: satsToMsat(amountSat), bolt11: shown, createdAt };
}

/** Tokens that nobody is known to have taken. */
async function tokensOf({ ecash, store, taken }: EcashSight): Promise<MadeToken[]> {
  const sends: EcashOperation[] = [];
  const prefix = `send:${BY_HAND}`;
  for (let after = prefix; ;) {
    const page = await store.operations({ after, limit: PAGE });
    const ofThem = page.filter(({ id }) => id.startsWith(prefix));
    sends.push(...ofThem.filter(({ id, state }) => state === 'done' && !taken.has(id.slice('send:'.length))));
    if (ofThem.length < PAGE) break;
    after = ofThem.at(-1)?.id ?? '';
  }
  const latest = sends.toSorted((one, other) => other.createdAt - one.createdAt).slice(0, MAX_TOKENS);
  const tokens: MadeToken[] = [];
  for (const { id, mintUrl, amountSat, createdAt } of latest) {
    const key = id.slice('send:'.length);
    const amountMsat = satsToMsat(amountSat);
    // What was made before is the same token again.
    const made = await ecash.send({ key, mintUrl, amountMsat, lock: 'none' });
    if (made.ok) tokens.push({ key, mintUrl, amountMsat, token: made.value.token, createdAt });
  }
  return tokens;
}

/** Asks the mints of shown tokens which of them were taken. */
export async function lookAtTokens(
  { ecash, taken }: EcashSight,
  shown: readonly MadeToken[],
  signal: AbortSignal,
) {
  for (const { key } of shown) {
    const sent = await ecash.lookupSent({ key }, { signal });
    if (sent.ok && sent.value.state === 'spent') taken.add(key);
  }
}
