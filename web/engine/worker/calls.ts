import { failure, normalizeRelayUrl, success, type Outcome } from '../../../src/protocol/index.ts';
import type { EngineCalls } from '../contract.ts';
import type { Kernel } from './kernel.ts';
import type { Shop } from './shopping/shop.ts';
import type { Working } from './working/working.ts';
import { askForStorage } from './storage.ts';

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
        return failure('invalid-relays', `Name 1 to ${MAX_RELAYS} relays, each as wss://….`);
      await kernel.setRelays(usable);
      return success(undefined);
    },

    'wallet.connect': (choice) => inShop((shop) => shop.connectWallet(choice)),
    'wallet.disconnect': () => inShop((shop) => shop.disconnectWallet()),
    'wallet.set-budget': ({ budgetMsat }) =>
      inShop(async ({ purse }) => success(await purse.setBudget(budgetMsat))),

    'ecash.add-mint': (mint) => inShop(({ ecash }) => ecash.calls['ecash.add-mint'](mint)),
    'ecash.remove-mint': (mint) => inShop(({ ecash }) => ecash.calls['ecash.remove-mint'](mint)),
    'ecash.top-up': (wish) => inShop(({ ecash }) => ecash.calls['ecash.top-up'](wish)),
    'ecash.receive': (token) => inShop(({ ecash }) => ecash.calls['ecash.receive'](token)),
    'ecash.take-out': (wish) => inShop(({ ecash }) => ecash.calls['ecash.take-out'](wish)),
    'ecash.take-back': (sent) => inShop(({ ecash }) => ecash.calls['ecash.take-back'](sent)),

    async 'directory.find'(query) {
      return success(await kernel.desk.value.directory.find(query));
    },
    async 'directory.provider'({ pubkey }) {
      return success(await kernel.desk.value.directory.provider(pubkey));
    },
    'directory.favourite'({ address, favourite }) {
      const { directory } = kernel.desk.value;
      return favourite ? directory.addFavourite(address) : directory.removeFavourite(address);
    },

    'market.post': (wish) => inShop((shop) => shop.post(wish)),
    'market.approve': (approval) => inShop(({ together }) => together.approve(approval)),
    'market.cancel': (cancel) => inShop(({ together }) => together.cancel(cancel)),
    'market.hedge': (hedge) => inShop((shop) => shop.hedge(hedge)),
    'market.continue': (step) => inShop((shop) => shop.continueJob(step)),
    'market.report-undelivered': ({ requestId, reason }) =>
      inShop(async ({ customer }) => {
        const disputed = await customer.dispute(requestId, { reason });
        return disputed.ok ? success({ possible: disputed.value.possible }) : disputed;
      }),
    'market.resend': ({ requestId }) =>
      inShop(async ({ customer, runs }) => {
        const found = await customer.resend(requestId);
        runs.changed();
        return found.ok ? success(undefined) : found;
      }),
    'market.review': ({ requestId, rating, content, publicly }) =>
      inShop(async ({ customer, runs }) => {
        const words = { rating, content, ...(publicly ? { publicly } : {}) };
        const reviewed = await customer.review(requestId, words);
        runs.changed();
        return reviewed.ok ? success(undefined) : reviewed;
      }),
    'market.write': (words) => inShop(({ correspondence }) => correspondence.write(words)),
    async 'market.apply-action'({ action, pubkeys }) {
      const { applyListAction } = await import('./list-actions.ts');
      return applyListAction(kernel.desk.value, action, pubkeys);
    },

    'work.set-skills': (input) => atWork((calls) => calls['work.set-skills'](input)),
    'work.take-over': (input) => atWork((calls) => calls['work.take-over'](input)),
    'work.set-hours': (input) => atWork((calls) => calls['work.set-hours'](input)),
    'work.quote': (input) => atWork((calls) => calls['work.quote'](input)),
    'work.decline': (input) => atWork((calls) => calls['work.decline'](input)),
    'work.save-draft': (input) => atWork((calls) => calls['work.save-draft'](input)),
    'work.open-file': (input) => atWork((calls) => calls['work.open-file'](input)),
    'work.send-partial': (input) => atWork((calls) => calls['work.send-partial'](input)),
    'work.deliver': (input) => atWork((calls) => calls['work.deliver'](input)),
    'work.give-up': (input) => atWork((calls) => calls['work.give-up'](input)),
    'work.write': (input) => atWork((calls) => calls['work.write'](input)),
    'work.export-key': (input) => atWork((calls) => calls['work.export-key'](input)),

    'books.export': ({ password }) => inShop((shop) => shop.exportBooks(password)),
    'books.import': ({ json, password }) =>
      inShop(async (shop) => {
        const imported = await shop.importBooks(json, password);
        if (imported.ok) await kernel.reopen();
        return imported;
      }),
    'books.storage': () => askForStorage(kernel.line),
  };
}
