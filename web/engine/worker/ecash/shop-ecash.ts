import type { AccountEcash, EcashOwner } from '../../../../src/account/browser.ts';
import { failure, success, ZERO_MSAT, type Outcome } from '../../../../src/protocol/index.ts';
import type { EcashCalls, EcashState } from '../../ecash-contract.ts';
import { createCell, type Cell } from '../cell.ts';
import { keptEcash } from '../vault.ts';
import type { EcashMoves } from './ecash-moves.ts';
import { isMintUrl } from './mint-url.ts';
import { noEcash } from './ecash-held.ts';
import type { PageEcash, PageEcashParts } from './page-ecash.ts';

/** The ecash of a shop: nothing of it is loaded before a mint is trusted, or a token is brought. */
export interface ShopEcash {
  readonly state: Cell<EcashState>;
  /** `null` while no mint is trusted; another one after a change. */
  readonly purse: AccountEcash | null;
  /** The same for another key of its owner; `null` while no mint is trusted. */
  inNameOf(owner: EcashOwner): AccountEcash | null;
  readonly calls: {
    readonly [Name in keyof EcashCalls]: (
      input: EcashCalls[Name]['input'],
    ) => Promise<EcashCalls[Name]['output']>;
  };
  /** Opens it although no mint may be trusted: for a copy to come in. */
  open(): Promise<PageEcash>;
  /** The same for a copy to go out; `null` where there never was any. */
  openKept(): Promise<PageEcash | null>;
  /** Shows what was just paid, and asks the mints how they are. */
  refresh(): Promise<void>;
  look(): Promise<void>;
  isBeingPaid(): Promise<boolean>;
  /** Goes on with the wallet that is connected now. */
  walletChanged(): Promise<void>;
  close(): Promise<void>;
}

const MAX_MINTS = 8;

/** Opens the ecash where mints are trusted. `whileIdle` runs a change while nobody buys with it. */
export async function openShopEcash(
  parts: Omit<PageEcashParts, 'mintUrls' | 'state'> & {
    readonly hostMint: string | null;
    readonly whileIdle: (change: () => Promise<void>) => Promise<void>;
    /** Whether a job that was bought or sold is being paid in ecash, wherever its mint is. */
    readonly hasOpenJobs: () => Promise<boolean>;
  },
): Promise<ShopEcash> {
  const { desk, vault, base, hostMint, whileIdle, hasOpenJobs, ...others } = parts;
  const kept = keptEcash(desk.pubkey);
  const state = createCell<EcashState>(noEcash(hostMint));
  let page: PageEcash | null = null;
  const keptMints = async () => (await vault.read<readonly string[]>(kept.mints)) ?? [];
  const open = async (mintUrls: readonly string[]): Promise<PageEcash> => {
    if (page !== null) return page;
    const { openPageEcash } = await import('./page-ecash.ts');
    return (page ??= await openPageEcash({ ...others, desk, vault, base, mintUrls, state }));
  };
  const opened = async () => open(await keptMints());
  const trusted = await keptMints();
  if (trusted.length > 0) await open(trusted);

  let turn: Promise<unknown> = Promise.resolve();
  /** One change of the list after the other. */
  const inTurn = <Value>(run: () => Promise<Value>): Promise<Value> => {
    const next = turn.then(run);
    turn = next.catch(() => undefined); // told to whoever began it
    return next;
  };
  /** Trusts exactly these from now on. */
  const trust = (mintUrls: readonly string[]): Promise<void> =>
    whileIdle(async () => {
      if (mintUrls.length === 0) await vault.remove(kept.mints);
      else await vault.write(kept.mints, mintUrls);
      await (await open(mintUrls)).reopen(mintUrls);
    });
  const addMint = async (mintUrl: string): Promise<Outcome<void>> => {
    if (!isMintUrl(mintUrl, base))
      return failure('invalid-mint', 'The address of a mint begins with https:// and has no query.');
    const before = await keptMints();
    if (before.includes(mintUrl)) return success(undefined);
    if (before.length >= MAX_MINTS)
      return failure('too-many-mints', `At most ${MAX_MINTS} mints are trusted: remove one first.`, {
        max: MAX_MINTS,
      });
    const answer = await (await open(before)).ask(mintUrl);
    if (!answer.ok) return answer;
    await trust([...before, mintUrl]);
    return success(undefined);
  };
  const removeMint = async (mintUrl: string): Promise<Outcome<void>> => {
    await page?.refresh();
    const { mints, underWay, tokens } = state.value;
    const mint = mints.find(({ url }) => url === mintUrl);
    const holds = mint !== undefined && (mint.amountMsat > ZERO_MSAT || mint.heldMsat > ZERO_MSAT);
    if (holds || [...underWay, ...tokens].some((each) => each.mintUrl === mintUrl))
      return failure('mint-in-use', 'Take out what the mint holds for you first.');
    if (await hasOpenJobs())
      return failure(
        'mint-in-use',
        'A job is being paid in ecash: its mint is needed until that is settled.',
      );
    await trust((await keptMints()).filter((url) => url !== mintUrl));
    return success(undefined);
  };
  const withMint =
    <Name extends keyof EcashMoves>(name: Name) =>
    async (input: EcashCalls[Name]['input']): Promise<EcashCalls[Name]['output']> => {
      const asked = page;
      if (asked === null || asked.mintUrls.length === 0) return NO_MINT;
      return asked.calls[name](input);
    };
  return {
    state,
    get purse() {
      return page === null || page.mintUrls.length === 0 ? null : page.purse;
    },
    inNameOf: (owner) => (page === null || page.mintUrls.length === 0 ? null : page.inNameOf(owner)),
    calls: {
      'ecash.add-mint': ({ url }) => inTurn(() => addMint(url.trim().replace(/\/+$/, ''))),
      'ecash.remove-mint': ({ url }) => inTurn(() => removeMint(url)),
      'ecash.top-up': withMint('ecash.top-up'),
      // A token says of which mint it is: that one is to be trusted first.
      'ecash.receive': async (input) => (await inTurn(opened)).calls['ecash.receive'](input),
      'ecash.take-out': withMint('ecash.take-out'),
      'ecash.take-back': withMint('ecash.take-back'),
    },
    open: opened,
    openKept: async () => ((await vault.read(kept.key)) === null ? null : open(await keptMints())),
    refresh: async () => page?.refresh(),
    look: async () => page?.look(),
    isBeingPaid: async () => (await page?.isBeingPaid()) === true,
    async walletChanged() {
      await page?.reopen(page.mintUrls);
    },
    close: async () => page?.close(),
  };
}

const NO_MINT: Outcome<never> = failure('no-mint', 'Trust a mint first.');
