import type { EngineTopics, RelayState } from '../contract.ts';
import type { Desk } from './desk.ts';
import { heldIn, noEcash } from './ecash/ecash-held.ts';
import type { Kernel } from './kernel.ts';
import { NO_WALLET } from './shopping/no-wallet.ts';
import type { Shop } from './shopping/shop.ts';
import { AWAY } from './working/away.ts';
import type { Working } from './working/working.ts';

/** How each topic tells its state, now and after changes, until the signal aborts. */
export type Topics = {
  readonly [Topic in keyof EngineTopics]: (
    input: EngineTopics[Topic]['input'],
    tell: (state: EngineTopics[Topic]['state']) => void,
    signal: AbortSignal,
  ) => void;
};

/** Relays tell nobody when they come and go. */
const RELAYS_MS = 1_000;
/** A list of services on the screen is looked up again. */
const SERVICES_MS = 60_000;
/** Mints on the screen are asked how they are. */
const MINTS_MS = 30_000;

/** The topics of an engine. */
export function topicsOf(kernel: Kernel): Topics {
  const atShop = (watch: (shop: Shop | null, signal: AbortSignal) => void, signal: AbortSignal) =>
    perValue(
      kernel.shop,
      (shop, until) => {
        if (shop !== undefined) watch(shop, until);
      },
      signal,
    );
  /** Watches the workbench of whoever can sign, which is opened for it; `nobody` is called when there is none. */
  const atWork = (
    watch: (work: Working, signal: AbortSignal) => void,
    nobody: () => void,
    signal: AbortSignal,
  ) => {
    atShop((shop, until) => {
      void shop?.openWorking().then((work) => {
        if (!until.aborted) watch(work, until);
      });
    }, signal);
    perValue(
      kernel.desk,
      (desk) => {
        if (desk.signer !== null) void kernel.openShop();
        // Whoever is just coming back, or has come and gets a desk, may have a workbench: that there is none would be
        // taken for the truth.
        else if (kernel.session.signer === null && kernel.session.state.value.step !== 'waiting') nobody();
      },
      signal,
    );
  };
  return {
    session: (_, tell, signal) => kernel.session.state.watch(tell, signal),
    signer: (_, tell, signal) => kernel.session.asked.watch(tell, signal),
    wallet: (_, tell, signal) =>
      atShop((shop, until) => {
        if (shop === null) tell(NO_WALLET);
        else shop.purse.state.watch(tell, until);
      }, signal),
    ecash: (_, tell, signal) =>
      atShop((shop, until) => {
        if (shop === null) return tell(noEcash(kernel.surroundings.mintUrl));
        shop.ecash.state.watch(tell, until);
        every(MINTS_MS, () => void shop.ecash.look().catch(() => undefined), until); // it is closing
      }, signal),
    'ecash-held': (_, tell, signal) =>
      atShop((shop, until) => {
        if (shop === null) tell(null);
        else shop.ecash.state.watch((state) => tell(heldIn(state)), until);
      }, signal),
    relays: (_, tell, signal) =>
      perValue(kernel.desk, (desk, until) => watchRelays(desk, tell, until), signal),
    host: (_, tell) => tell({ playMoney: kernel.surroundings.playMoney }),
    services: (query, tell, signal) =>
      perValue(
        kernel.desk,
        (desk, until) => {
          let listing: EngineTopics['services']['state']['listing'] = null;
          let looks = 0;
          const look = async () => {
            looks += 1;
            const mine = looks;
            tell({ listing, looking: true });
            const found = await desk.directory.find(query, { signal: until });
            if (until.aborted || mine < looks) return;
            listing = found;
            tell({ listing, looking: false });
          };
          every(SERVICES_MS, () => void look(), until);
          const lookAgain = () => void look();
          desk.onFavourites.add(lookAgain);
          until.addEventListener('abort', () => desk.onFavourites.delete(lookAgain), { once: true });
          // What was bought from whom counts as soon as the books are open.
          let books = kernel.shop.value;
          kernel.shop.watch((shop) => {
            if (shop && shop !== books) void look();
            books = shop;
          }, until);
        },
        signal,
      ),
    elsewhere: (_, tell, signal) =>
      atShop((shop, until) => {
        if (shop === null) tell(null);
        else shop.elsewhere.watch(tell, until);
      }, signal),
    runs: ({ limit }, tell, signal) =>
      atShop((shop, until) => {
        if (shop === null) tell([]);
        else shop.runs.watchList(limit, tell, until);
      }, signal),
    run: ({ requestId }, tell, signal) =>
      atShop((shop, until) => {
        if (shop !== null) shop.runs.watchRun(requestId, tell, until);
        else if (kernel.desk.value.signer === null) tell(null);
        else void kernel.openShop();
      }, signal),
    words: ({ requestId }, tell, signal) =>
      atShop((shop, until) => {
        if (shop === null) tell([]);
        else shop.correspondence.watch(requestId, tell, until);
      }, signal),
    steps: ({ requestId }, tell, signal) =>
      atShop((shop, until) => {
        if (shop === null) tell(null);
        else shop.runs.watchSteps(requestId, tell, until);
      }, signal),
    workbench: (_, tell, signal) =>
      atWork(
        (work, until) => work.state.watch(tell, until),
        () => tell(AWAY),
        signal,
      ),
    job: ({ requestId }, tell, signal) =>
      atWork(
        (work, until) => work.watchJob(requestId, tell, until),
        () => tell(null),
        signal,
      ),
    earnings: ({ limit }, tell, signal) =>
      atWork(
        (work, until) => work.watchEarnings(limit, tell, until),
        () => tell([]),
        signal,
      ),
  };
}

/** Begins anew with each value of a cell, after what was begun with the one before has been told to stop. */
function perValue<Value>(
  cell: { watch(tell: (value: Value) => void, signal: AbortSignal): void },
  begin: (value: Value, signal: AbortSignal) => void,
  signal: AbortSignal,
): void {
  let present = new AbortController();
  signal.addEventListener('abort', () => present.abort(), { once: true });
  cell.watch((value) => {
    present.abort();
    present = new AbortController();
    begin(value, present.signal);
  }, signal);
}

function watchRelays(desk: Desk, tell: (relays: readonly RelayState[]) => void, signal: AbortSignal): void {
  let told = '';
  const look = () => {
    const status = desk.relays.status();
    const relays = desk.relayUrls.map((url) => {
      const connected = status.get(url) === 'connected';
      const trouble = status.get(url) === 'waiting' ? 'It does not answer; it is tried again.' : null;
      return { url, connected, trouble };
    });
    const said = JSON.stringify(relays);
    if (said !== told) tell(relays);
    told = said;
  };
  every(RELAYS_MS, look, signal);
}

/** Calls now and then again and again. */
function every(milliseconds: number, act: () => void, signal: AbortSignal): void {
  if (signal.aborted) return;
  const timer = setInterval(act, milliseconds);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  act();
}
