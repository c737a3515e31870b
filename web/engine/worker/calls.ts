import type { Remedy } from '../../../src/customer/index.ts';
import { failure, normalizeRelayUrl, success, type Outcome } from '../../../src/protocol/index.ts';
import type { EngineCalls } from '../contract.ts';
import type { Kernel } from './kernel.ts';
import type { Shop } from './shopping/shop.ts';
import type { Working } from './working/working.ts';

const MAX_RELAYS = 12;

/** What each call does. */
export type Calls = {
  readonly [Name in keyof EngineCalls]: (
    input: EngineCalls[Name]['input'],
  ) => Promise<EngineCalls[Name]['output']>;
};

/** The calls of an engine. */
export function callsOf(kernel: Kernel): Calls {
  const { session } = kernel;
  const inShop = async <Value>(act: (shop: Shop) => Promise<Outcome<Value>>): Promise<Outcome<Value>> => {
    const shop = await kernel.openShop();
    return shop.ok ? act(shop.value) : shop;
  };
  /** For whatever may buy, pay or ask for money back: only where the purchases are. */
  const atCounter = <Value>(act: (shop: Shop) => Promise<Outcome<Value>>): Promise<Outcome<Value>> =>
    inShop(async (shop) => {
      const here = await shop.here();
      return here.ok ? act(shop) : here;
    });
  const atWork = <Value>(
    act: (calls: Working['calls']) => Promise<Outcome<Value>>,
  ): Promise<Outcome<Value>> => inShop(async (shop) => act((await shop.openWorking()).calls));
  return {
    'session.sign-in': (how) => session.signIn(how),
    'session.sign-out': () => session.signOut(),
    async 'session.resume'() {
      await session.restore();
      return success(undefined);
    },
    'session.export-key': ({ password }) => session.exportKey(password),
    async 'session.set-relays'({ urls }) {
      const usable = [...new Set(urls.flatMap((url) => normalizeRelayUrl(url) ?? []))];
      if (usable.length < new Set(urls).size || usable.length === 0 || usable.length > MAX_RELAYS)
        return failure('invalid-relays', `Name 1 to ${MAX_RELAYS} relays, each as wss://….`, {
          max: MAX_RELAYS,
        });
      await kernel.setRelays(usable);
      return success(undefined);
    },

    'wallet.connect': (choice) => atCounter((shop) => shop.connectWallet(choice)),
    'wallet.disconnect': () => atCounter((shop) => shop.disconnectWallet()),
    'wallet.set-budget': ({ budgetMsat }) =>
      inShop(async (shop) => success(await shop.setBudget(budgetMsat))),

    'ecash.add-mint': (mint) => atCounter(({ ecash }) => ecash.calls['ecash.add-mint'](mint)),
    'ecash.remove-mint': (mint) => atCounter(({ ecash }) => ecash.calls['ecash.remove-mint'](mint)),
    'ecash.top-up': (wish) => atCounter(({ ecash }) => ecash.calls['ecash.top-up'](wish)),
    'ecash.receive': (token) => atCounter(({ ecash }) => ecash.calls['ecash.receive'](token)),
    'ecash.take-out': (wish) => atCounter(({ ecash }) => ecash.calls['ecash.take-out'](wish)),
    'ecash.take-back': (sent) => atCounter(({ ecash }) => ecash.calls['ecash.take-back'](sent)),

    async 'directory.provider'({ pubkey }) {
      return success(await kernel.desk.value.directory.provider(pubkey));
    },
    async 'directory.favourite'({ address, favourite }) {
      const { directory, onFavourites } = kernel.desk.value;
      const changed = await (favourite
        ? directory.addFavourite(address)
        : directory.removeFavourite(address));
      if (changed.ok) for (const look of onFavourites) look();
      return changed;
    },
    async 'directory.announce'(announcement) {
      const { announceService } = await import('./announcing.ts');
      return announceService(kernel.desk.value, announcement);
    },
    async 'directory.withdraw'({ identifier }) {
      const { withdrawService } = await import('./announcing.ts');
      return withdrawService(kernel.desk.value, identifier);
    },

    'market.post': (wish) => atCounter((shop) => shop.post(wish)),
    'market.approve': (approval) => atCounter(({ together }) => together.approve(approval)),
    'market.cancel': (cancel) => atCounter(({ together }) => together.cancel(cancel)),
    'market.not-paying': ({ requestId }) => atCounter((shop) => shop.notPaying(requestId)),
    'market.hedge': (hedge) => atCounter((shop) => shop.hedge(hedge)),
    'market.continue': (step) => atCounter((shop) => shop.continueJob(step)),
    'market.report-undelivered': ({ requestId, reason }) =>
      atCounter(async ({ customer, purse }) => {
        const disputed = await customer.dispute(requestId, { reason });
        if (!disputed.ok) return disputed;
        const { possible } = disputed.value;
        // No invoice can be sent to be paid back by: a phone that scans them makes none.
        return success({ possible: purse.qr === null ? possible : possible.map(withoutClaim) });
      }),
    'market.resend': ({ requestId }) =>
      atCounter(async ({ customer, runs }) => {
        const found = await customer.resend(requestId);
        if (found.ok) await runs.found(requestId);
        return found.ok ? success(undefined) : found;
      }),
    'market.review': ({ requestId, rating, content, publicly }) =>
      atCounter(async ({ customer, runs }) => {
        const words = { rating, content, ...(publicly ? { publicly } : {}) };
        const reviewed = await customer.review(requestId, words);
        runs.changed();
        return reviewed.ok ? success(undefined) : reviewed;
      }),
    'market.write': (words) => atCounter(({ correspondence }) => correspondence.write(words)),
    async 'market.apply-action'({ action, pubkeys }) {
      const { applyListAction } = await import('./list-actions.ts');
      return applyListAction(kernel.desk.value, action, pubkeys);
    },

    'work.set-skills': (input) => atWork((calls) => calls['work.set-skills'](input)),
    'work.retry': (input) => atWork((calls) => calls['work.retry'](input)),
    'work.take-over': (input) => atWork((calls) => calls['work.take-over'](input)),
    'work.set-hours': (input) => atWork((calls) => calls['work.set-hours'](input)),
    'work.quote': (input) => atWork((calls) => calls['work.quote'](input)),
    'work.decline': (input) => atWork((calls) => calls['work.decline'](input)),
    'work.save-draft': (input) => atWork((calls) => calls['work.save-draft'](input)),
    'work.open-file': (input) => atWork((calls) => calls['work.open-file'](input)),
    'work.send-partial': (input) => atWork((calls) => calls['work.send-partial'](input)),
    'work.deliver': (input) => atWork((calls) => calls['work.deliver'](input)),
    'work.give-up': (input) => atWork((calls) => calls['work.give-up'](input)),
    'work.refund': (input) => atWork((calls) => calls['work.refund'](input)),
    'work.write': (input) => atWork((calls) => calls['work.write'](input)),

    'books.export': ({ password }) => inShop((shop) => shop.exportBooks(password)),
    'books.import': ({ json, password }) =>
      inShop(async (shop) => {
        const imported = await shop.importBooks(json, password);
        if (imported.ok) await kernel.reopen();
        return imported;
      }),
    'books.take-over': () => inShop((shop) => shop.takeOver()),
  };
}

function withoutClaim(remedy: Remedy): Remedy {
  return remedy === 'refund-claim' ? 'provider-decides' : remedy;
}
