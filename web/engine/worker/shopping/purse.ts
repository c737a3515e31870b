import { unixNow } from '../../../../src/clock/index.ts';
import type { Ledger, SpendingCaps } from '../../../../src/ledger/index.ts';
import {
  openNwcWallet,
  openWeblnWallet,
  type Wallet,
  type WalletFailureCode,
} from '../../../../src/money/index.ts';
import {
  addMsat,
  failure,
  isRecord,
  MAX_MSAT,
  msat,
  success,
  type Msat,
  type Outcome,
} from '../../../../src/protocol/index.ts';
import type { WalletChoice, WalletState } from '../../contract.ts';
import { createCell, type Cell } from '../cell.ts';
import type { Desk } from '../desk.ts';
import type { PageLine } from '../page-line.ts';
import type { Surroundings } from '../surroundings.ts';
import { keptWallet, type Vault } from '../vault.ts';
import { NO_WALLET } from './no-wallet.ts';
import { openQrWallet, type QrWallet } from './qr-wallet.ts';

/** The wallet of one identity, and what may leave it. */
export interface Purse {
  readonly state: Cell<WalletState>;
  /** `null` while none is connected. */
  readonly wallet: Wallet | null;
  /** The same, where invoices are shown to a phone. */
  readonly qr: QrWallet | null;
  /** What the ledger enforces; always as the budget stands now. */
  readonly caps: SpendingCaps;
  /** Each payment is to be approved by itself. */
  readonly asksAlways: boolean;
  connect(choice: WalletChoice): Promise<Outcome<WalletState>>;
  disconnect(): Promise<void>;
  setBudget(budgetMsat: Msat | null): Promise<WalletState>;
  /** Asks the wallet and the books again. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** What is kept of a wallet beside its secret. */
interface KeptWallet {
  readonly by: WalletChoice['by'];
  readonly budgetMsat: Msat | null;
  /** What had left for good when the budget was set: what was on its way then counts against it, or comes back. */
  readonly spentBeforeMsat: Msat;
}

/** Nobody is there, or does not answer. */
const SILENT: ReadonlySet<WalletFailureCode> = new Set(['wallet-timeout', 'wallet-unreachable']);

/** Opens the purse with the wallet that was connected before; `onShow` is told when a phone has something to scan. */
export async function openPurse(parts: {
  readonly desk: Desk & { readonly pubkey: string };
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly line: PageLine;
  readonly surroundings: Surroundings;
  readonly base: string;
  readonly onShow: () => void;
}): Promise<Purse> {
  const { desk, ledger, vault, line, surroundings, onShow } = parts;
  const names = keptWallet(desk.pubkey);
  const state = createCell<WalletState>(NO_WALLET);
  let kept: KeptWallet | null = null;
  let wallet: Wallet | null = null;
  let qr: QrWallet | null = null;
  const network = surroundings.playMoney ? 'regtest' : 'bitcoin';

  const open = async (by: WalletChoice['by'], uri: string | null): Promise<Outcome<Wallet>> => {
    if (by === 'qr') return success((qr = openQrWallet({ network, now: unixNow, onShow })));
    if (by === 'webln') {
      const methods = await line.methodsOf('webln');
      if (!methods.ok) return methods;
      return openWeblnWallet({ provider: weblnIn(line, methods.value), network, now: unixNow });
    }
    return openNwcWallet({ uri: uri ?? '', relays: desk.relays, now: unixNow });
  };
  const put = async (next: Wallet | null, as: KeptWallet | null): Promise<void> => {
    const before = wallet;
    wallet = next;
    kept = as;
    if (as?.by !== 'qr') qr = null;
    if (before !== next) await before?.close();
    await refresh();
  };
  const refresh = async (): Promise<void> => {
    const asked = wallet;
    if (asked === null || kept === null) return state.set(NO_WALLET);
    const { by, budgetMsat, spentBeforeMsat } = kept;
    const call = { signal: desk.signal };
    const [able, balance, spent] = await Promise.all([
      asked.capabilities(call),
      asked.balance(call),
      ledger.spending.spent(desk.pubkey),
    ]);
    if (asked !== wallet || desk.signal.aborted) return;
    state.set({
      by,
      network: able.ok ? able.value.network : null,
      isPlayMoney: able.ok && able.value.playMoney,
      balanceMsat: balance.ok ? balance.value.spendableMsat : null,
      budgetMsat,
      spentMsat: msat(spent.everMsat > spentBeforeMsat ? spent.everMsat - spentBeforeMsat : 0n),
      reachable: able.ok && (balance.ok || !SILENT.has(balance.failure.code)), // what it can do is asked once
    });
  };

  const leftForGood = async (): Promise<Msat> => {
    const { everMsat, underWayMsat } = await ledger.spending.spent(desk.pubkey);
    return msat(everMsat - underWayMsat);
  };

  const known = await vault.read<KeptWallet>(names.wallet);
  if (known !== null) {
    const opened = await open(known.by, await vault.readSecret(names.secret));
    if (opened.ok) {
      wallet = opened.value;
      kept = known;
      state.set({ ...NO_WALLET, by: known.by, budgetMsat: known.budgetMsat });
      void refresh();
    }
  }

  return {
    state,
    get wallet() {
      return wallet;
    },
    get qr() {
      return qr;
    },
    get asksAlways() {
      return kept?.budgetMsat === null;
    },
    caps: {
      perJobMsat: MAX_MSAT,
      get totalMsat() {
        if (kept === null || kept.budgetMsat === null) return MAX_MSAT;
        return addMsat(kept.spentBeforeMsat, kept.budgetMsat);
      },
    },
    async connect(choice) {
      const uri = choice.by === 'play-money' ? await playMoney(parts.base, vault) : uriOf(choice);
      if (!uri.ok) return uri;
      const opened = await open(choice.by, uri.value);
      if (!opened.ok) return opened;
      const able = await opened.value.capabilities({ signal: desk.signal });
      if (!able.ok) {
        await opened.value.close();
        return able;
      }
      const fresh: KeptWallet = { by: choice.by, budgetMsat: null, spentBeforeMsat: await leftForGood() };
      if (uri.value === null) await vault.remove(names.secret);
      else await vault.writeSecret(names.secret, uri.value);
      await vault.write(names.wallet, fresh);
      await put(opened.value, fresh);
      return success(state.value);
    },
    async disconnect() {
      await vault.remove(names.wallet);
      await vault.remove(names.secret);
      await put(null, null);
    },
    async setBudget(budgetMsat) {
      const spentBeforeMsat = await leftForGood();
      if (kept !== null) {
        kept = { ...kept, budgetMsat, spentBeforeMsat };
        await vault.write(names.wallet, kept);
      }
      await refresh();
      return state.value;
    },
    refresh,
    async close() {
      await wallet?.close();
    },
  };
}

function uriOf(choice: WalletChoice): Outcome<string | null> {
  return success(choice.by === 'nwc' ? choice.uri.trim() : null);
}

/** The market that serves the page gives each browser one wallet, for good. */
async function playMoney(base: string, vault: Vault): Promise<Outcome<string>> {
  const known = await vault.readSecret(PLAY_MONEY);
  if (known !== null) return success(known);
  const given = await askForPlayMoney(base);
  if (given.ok) await vault.writeSecret(PLAY_MONEY, given.value);
  return given;
}

const PLAY_MONEY = 'play-money';

async function askForPlayMoney(base: string): Promise<Outcome<string>> {
  try {
    const answer = await fetch(new URL('play-wallet', base), { method: 'POST' });
    const told: unknown = await answer.json();
    if (answer.ok && isRecord(told) && typeof told['uri'] === 'string') return success(told['uri']);
    const message = isRecord(told) && typeof told['message'] === 'string' ? told['message'] : 'It gave none.';
    return failure('no-play-wallet', message);
  } catch {
    return failure(
      'no-play-wallet',
      'Play money comes from a local market, and this page comes from elsewhere.',
    );
  }
}

/** `window.webln` of a page, as a worker reaches it. */
function weblnIn(line: PageLine, methods: readonly unknown[]): Readonly<Record<string, unknown>> {
  const names = methods.filter((name): name is string => typeof name === 'string');
  return Object.fromEntries(
    names.map((method) => [method, (...params: unknown[]) => line.ask({ tool: 'webln', method, params })]),
  );
}
