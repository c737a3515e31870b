import type { Page, Response } from '@playwright/test';
import { unixNow } from '../../src/clock/index.ts';
import { openNwcWallet, type PaymentRecord, type Wallet } from '../../src/money/index.ts';
import type { NostrEvent } from '../../src/protocol/index.ts';
import { createInlineVerifier, createRelayPool, type RelayPool } from '../../src/relays/index.ts';
import { NodeWebSocket } from '../../src/relays/node.ts';
import { announceSkill, signInWithPlayMoney } from './people.ts';
import { openWebStage, STAGE_MS, type Visit, type WebStage } from './stage.ts';

/** A customer in one browser and a person who works in another, each with a key and a play wallet of its own. */
export interface TwoPeople {
  readonly stage: WebStage;
  readonly customer: Person;
  readonly worker: Person;
  /** What the relay has stored of it, newest first. */
  stored(filter: Parameters<RelayPool['query']>[1][number]): Promise<NostrEvent[]>;
  /** What both did that no page should cause. */
  faults(): readonly string[];
  close(): Promise<void>;
}

/** Somebody with a browser. */
export interface Person {
  readonly pubkey: string;
  /** Connects to its play wallet. */
  readonly walletUri: string;
  /** The tab that it looks at now. */
  readonly page: Page;
  /** The bank's own books of its wallet: what was really paid, whatever its browser remembers. */
  payments(direction: PaymentRecord['direction']): Promise<readonly PaymentRecord[]>;
  /** Opens a page of the app by its address. */
  open(path: string): Promise<void>;
  /** The tab goes, by its own cross or by a crash of its process; nothing of the app runs before `comeBack`. */
  leave(how: Leave): Promise<void>;
  /** Looks at a new tab of the same browser. */
  comeBack(path: string): Promise<void>;
}

/** How a tab goes. */
export type Leave = 'closed' | 'crashed';

/** A person's skill, and one job of it. */
const SKILL = 'English to Spanish, by a person';
const KIND = '5002';

/** Two browsers and a market of their own are slow to wait for each other on a busy machine. */
const PATIENCE_MS = 60_000;

/** How long a test of several steps may take. */
export const TEST_MS = 5 * PATIENCE_MS;

/** Opens a market of their own, where the worker has announced a skill and is there. */
export async function meetTwoPeople(): Promise<TwoPeople> {
  const stage = await openWebStage();
  const relays = createRelayPool({ verifier: createInlineVerifier(), WebSocket: NodeWebSocket });
  const visits = await Promise.all([stage.visit(), stage.visit()]);
  const wallets: Wallet[] = [];
  const enter = async (visit: Visit): Promise<Person> => {
    visit.page.context().setDefaultTimeout(PATIENCE_MS);
    const isWallet = (response: Response) => response.url().endsWith('/play-wallet');
    const given = visit.page.waitForResponse(isWallet, { timeout: STAGE_MS }); // signing in comes first
    const pubkey = await signInWithPlayMoney(visit.page, stage.url);
    const { uri } = (await (await given).json()) as { readonly uri: string };
    const wallet = openNwcWallet({ uri, relays, now: unixNow });
    if (!wallet.ok) throw new Error(wallet.failure.message);
    wallets.push(wallet.value);
    return personOf(visit, { pubkey, url: stage.url, walletUri: uri, wallet: wallet.value });
  };
  const [customer, worker] = await Promise.all([enter(visits[0]), enter(visits[1])]);
  await announceSkill(worker.page, stage.url, { name: SKILL, kind: KIND });
  return {
    stage,
    customer,
    worker,
    stored: (filter) => relays.query([stage.market.relayUrl], [filter]),
    faults: () => visits.flatMap(({ faults }) => faults),
    async close() {
      await Promise.all(wallets.map((wallet) => wallet.close()));
      await relays.close();
      await stage.close();
    },
  };
}

function personOf(
  visit: Visit,
  {
    url,
    wallet,
    ...who
  }: Pick<Person, 'pubkey' | 'walletUri'> & { readonly url: string; readonly wallet: Wallet },
): Person {
  let { page } = visit;
  return {
    ...who,
    get page() {
      return page;
    },
    async payments(direction) {
      const listed = await wallet.list({ direction, limit: 100 });
      if (!listed.ok) throw new Error(listed.failure.message);
      return listed.value;
    },
    async open(path) {
      await page.goto(`${url}/${path}`);
    },
    async leave(how) {
      if (how === 'crashed') await crash(page);
      await page.close();
    },
    async comeBack(path) {
      page = await visit.openTab(path);
    },
  };
}

/** Ends the process of a tab, with its workers, at once. */
async function crash(page: Page): Promise<void> {
  const crashed = page.waitForEvent('crash');
  const devtools = await page.context().newCDPSession(page);
  void devtools.send('Page.crash').catch(() => undefined); // nobody is left to answer
  await crashed;
}

/** The customer asks for a translation, for a week; gives the id of the request. */
export async function ask(
  customer: Person,
  words: string,
  { mostSats = 500, encrypted = false }: { readonly mostSats?: number; readonly encrypted?: boolean } = {},
): Promise<string> {
  await customer.open(`#/new/${KIND}`);
  const { page } = customer;
  await page.getByRole('heading', { name: 'Translation', level: 1 }).waitFor(); // the page before it has fields too
  if (encrypted) {
    const seller = page.getByRole('listitem').filter({ hasText: SKILL });
    await seller.getByRole('button', { name: 'Ask only this one' }).click();
    await page.getByLabel('Encrypt the request').check();
  }
  await page.getByRole('textbox').first().fill(words);
  await page.getByRole('textbox', { name: 'Language' }).fill('es');
  await page.getByLabel('Wait for it at most').selectOption('10080');
  await page.locator('#most-sats').fill(String(mostSats));
  await page.getByRole('button', { name: /^(Post|Send) the request$/ }).click();
  await page.waitForURL(/#\/run\/[0-9a-f]{64}$/);
  return page.url().slice(-64);
}

/** The worker finds what was asked on its workbench, and opens it. */
export async function findJob(worker: Person, words: string): Promise<void> {
  await worker.open('#/workbench');
  await worker.page.getByRole('link').filter({ hasText: words }).click();
  await worker.page.getByLabel('Price in sats').waitFor();
}

/** The worker names its price for the job that is open. */
export async function quote({ page }: Person, sats: number, note = ''): Promise<void> {
  await page.getByLabel('Price in sats').fill(String(sats));
  await page.getByLabel(/^Words with it/).fill(note);
  await page.getByRole('button', { name: 'Send the offer' }).click();
  await page.getByText('Your offer is out').waitFor();
}

/** The customer reads what it would agree to; the dialog stays open. */
export async function considerOffer({ page }: Person): Promise<void> {
  await page.getByRole('button', { name: /^Take/ }).click();
  await page.getByRole('dialog', { name: 'Take this offer?' }).waitFor();
}

/** The customer agrees, and the wallet pays. */
export async function agree({ page }: Person): Promise<void> {
  await page.getByRole('button', { name: /^Approve and pay/ }).click();
}

/** The worker writes; the draft is kept. */
export async function write({ page }: Person, words: string): Promise<void> {
  await page.getByLabel('The result').fill(words);
  await page.getByText('Draft saved').waitFor();
}

/** Pays and is paid from now on by the wallet of that connection. */
export async function useWallet(person: Person, uri: string): Promise<void> {
  await person.open('#/wallet');
  const { page } = person;
  await page.getByRole('button', { name: 'Disconnect' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
  await page.getByLabel('Connection string').fill(uri);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await page.getByText('Connected wallet').first().waitFor();
}
