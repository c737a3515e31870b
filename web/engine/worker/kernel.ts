import { failure, success, type Outcome } from '../../../src/protocol/index.ts';
import { createCell, type Cell } from './cell.ts';
import { openDesk, type Desk, type OwnersDesk } from './desk.ts';
import type { PageLine } from './page-line.ts';
import { openSessionKeeper, type SessionKeeper } from './session/session-keeper.ts';
import type { Shop } from './shopping/shop.ts';
import { learnSurroundings, type Surroundings } from './surroundings.ts';
import { HAS_BOUGHT, keptEcash, keptWallet, keptWork, openVault, type Vault } from './vault.ts';

/** What every call and topic of the engine works with. */
export interface Kernel {
  readonly session: SessionKeeper;
  readonly line: PageLine;
  readonly surroundings: Surroundings;
  /** Another one whenever who is signed in, or the relays, have changed. */
  readonly desk: Cell<Desk>;
  /**
   * The shop of who is signed in, once something needed it; `null` before that, and for whoever can't sign. It is
   * `undefined` while nobody knows yet which.
   */
  readonly shop: Cell<Shop | null | undefined>;
  /** Opens the shop, which is loaded only now. Fails with `no-signer`. */
  openShop(): Promise<Outcome<Shop>>;
  setRelays(urls: readonly string[]): Promise<void>;
  /** Closes desk and shop and opens them anew. */
  reopen(): Promise<void>;
}

const RELAYS = 'relays';

/** Starts the parts that every page needs: who is signed in, relays, directory. */
export async function startKernel(parts: {
  readonly line: PageLine;
  /** The address of the page's folder. */
  readonly base: string;
}): Promise<Kernel> {
  const { line, base } = parts;
  const [vault, surroundings] = await Promise.all([openVault('coinop-web'), learnSurroundings(base)]);
  let relayUrls = (await vault.read<readonly string[]>(RELAYS)) ?? surroundings.relayUrls;
  const shop = createCell<Shop | null | undefined>(undefined);
  let opening: Promise<Outcome<Shop>> | null = null;
  let turn: Promise<void> = Promise.resolve();

  const newDesk = (): Desk => {
    const state = session.state.value;
    const pubkey = state.step === 'signed-in' ? state.session.pubkey : null;
    return openDesk({
      signer: session.signer,
      pubkey,
      relayUrls,
      ownHistory: async () => (await shop.value?.ownHistory()) ?? [],
      onName: (name) => pubkey !== null && session.named(pubkey, name),
    });
  };
  const closeDesk = async (): Promise<void> => {
    shop.set(undefined);
    const opened = await opening?.catch(() => null);
    opening = null;
    if (opened?.ok === true) await opened.value.close();
    await desk.value.close();
  };
  /** One change after another: what was open is closed before anything is opened anew. */
  const reopen = (): Promise<void> => {
    const reopened = turn.then(closeDesk).then(async () => {
      desk.set(newDesk());
      if (await needsShop(vault, desk.value))
        void enterShop(desk.value).catch(() => shop.set(null)); // the next call that needs it says why
      else shop.set(null);
    });
    turn = reopened.catch(() => undefined); // told to whoever began it
    return reopened;
  };
  const enterShop = async (at: Desk): Promise<Outcome<Shop>> => {
    if (!isOwners(at)) return failure('no-signer', 'Sign in with a key that can sign first.');
    opening ??= loadShop({ desk: at, vault, line, surroundings, base });
    const mine = opening;
    try {
      const opened = await mine;
      if (opened.ok && desk.value === at && shop.value !== opened.value) shop.set(opened.value);
      return opened;
    } catch (error) {
      if (opening === mine) opening = null; // the next one tries again
      throw error;
    }
  };
  const session = await openSessionKeeper({ vault, line, relayUrls: () => relayUrls, onChange: reopen });
  const desk = createCell(newDesk());
  const begun = session.restore().catch(() => undefined); // it stays stuck, and can be tried again
  if (session.state.value.step === 'signed-out') shop.set(null);
  const kernel: Kernel = {
    session,
    line,
    surroundings,
    desk,
    shop,
    async openShop() {
      await begun; // whoever was signed in comes first
      await turn;
      return enterShop(desk.value);
    },
    async setRelays(urls) {
      relayUrls = urls;
      await vault.write(RELAYS, urls);
      await reopen();
    },
    reopen,
  };
  return kernel;
}

function isOwners(desk: Desk): desk is OwnersDesk {
  return desk.signer !== null && desk.pubkey !== null;
}

/** Something was bought here, can be paid, or is sold: the books are opened with the page. */
async function needsShop(vault: Vault, desk: Desk): Promise<boolean> {
  if (!isOwners(desk)) return false;
  const [bought, ...kept] = await Promise.all([
    vault.read<boolean>(HAS_BOUGHT),
    vault.read(keptWallet(desk.pubkey).wallet),
    vault.read(keptEcash(desk.pubkey).mints),
    vault.read(keptWork(desk.pubkey).profile),
  ]);
  return bought === true || kept.some((each) => each !== null);
}

async function loadShop(
  parts: Parameters<typeof import('./shopping/shop.ts').openShop>[0],
): Promise<Outcome<Shop>> {
  const { openShop } = await import('./shopping/shop.ts');
  return success(await openShop(parts));
}
