import { readFile } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import type { BrowserContext, Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  generateSecretKey,
  parsePubkey,
  parseSecretKey,
  pubkeyOf,
  secretKeySigner,
} from '../../src/keys/index.ts';
import type { EventTemplate } from '../../src/protocol/index.ts';
import { createInlineVerifier, createRelayPool } from '../../src/relays/index.ts';
import { openTestBunker, type TestBunker } from '../fixtures/test-bunker.ts';
import { openWebStage, STAGE_MS, type Visit, type WebStage } from './stage.ts';

const TEST_MS = 90_000;
const verifier = createInlineVerifier();
const pool = createRelayPool({ verifier });
let stage: WebStage;

beforeAll(async () => {
  stage = await openWebStage();
}, STAGE_MS);

afterAll(async () => {
  await pool.close();
  await verifier.close();
  await stage.close();
});

describe('signing in', () => {
  test('with an extension, and again by itself after a reload', { timeout: TEST_MS }, async () => {
    const key = generateSecretKey();
    const visit = await stage.visit('#/you', { before: (context) => addExtension(context, key) });
    const { page } = visit;
    await page.getByRole('button', { name: 'Sign in with the extension' }).click();
    await signedIn(page, 'with a browser extension');
    expect(await shownKey(page)).toBe(pubkeyOf(key));
    await page.reload();
    await signedIn(page, 'with a browser extension');
    await ends(visit);
  });

  test(
    'with an extension whose owner says no is told, and can be tried again',
    { timeout: TEST_MS },
    async () => {
      let says: 'no' | 'yes' = 'no';
      const key = generateSecretKey();
      const visit = await stage.visit('#/you', {
        before: (context) => addExtension(context, key, () => says),
      });
      const { page } = visit;
      await page.getByRole('button', { name: 'Sign in with the extension' }).click();
      await page.getByText('signer-denied').waitFor();
      says = 'yes';
      await page.getByRole('button', { name: 'Sign in with the extension' }).click();
      await signedIn(page, 'with a browser extension');
      await ends(visit);
    },
  );

  describe('with a bunker', () => {
    let bunker: TestBunker;
    beforeAll(async () => {
      bunker = await openTestBunker(pool, stage.market.relayUrl);
    });
    afterAll(() => bunker.close());

    test('that sends its owner to a page first, then refuses once', { timeout: TEST_MS }, async () => {
      const approved = Promise.withResolvers<void>();
      bunker.behave(async (request, honest) => {
        await bunker.say(request, { result: 'auth_url', error: 'https://signer.example/approve?x=1' });
        await approved.promise;
        return honest();
      });
      const visit = await stage.visit('#/you');
      const { page } = visit;
      await page.getByRole('button', { name: 'Signer app or bunker' }).click();
      await page.getByLabel('Or paste the address of your bunker').fill(bunker.uri);
      await page.getByRole('button', { name: 'Connect', exact: true }).click();
      await page.getByText('Asking your bunker to let this browser in').waitFor();
      const approval = page.getByRole('link', { name: 'Open the page of signer.example' });
      await approval.waitFor();
      expect(await approval.getAttribute('href')).toBe('https://signer.example/approve?x=1');
      expect(await approval.getAttribute('rel')).toBe('noopener noreferrer');
      bunker.behave((_request, honest) => honest());
      approved.resolve();
      await signedIn(page, 'with a bunker');
      expect(await shownKey(page)).toBe(bunker.user.pubkey);

      bunker.behave(async () => ({ error: 'not now' }));
      await page.reload();
      await page.getByText('Your signer refused').waitFor();
      bunker.behave((_request, honest) => honest());
      await page.getByRole('button', { name: 'Try again' }).click();
      await signedIn(page, 'with a bunker');
      await ends(visit);
    });

    test('that is given up while it is silent', { timeout: TEST_MS }, async () => {
      bunker.behave(async () => null);
      const visit = await stage.visit('#/you');
      const { page } = visit;
      await page.getByRole('button', { name: 'Signer app or bunker' }).click();
      await page.getByLabel('Or paste the address of your bunker').fill(bunker.uri);
      await page.getByRole('button', { name: 'Connect', exact: true }).click();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('button', { name: 'New here? Make a key' }).waitFor();
      bunker.behave((_request, honest) => honest());
      await ends(visit);
    });

    test('or a signer app that scans a code', { timeout: TEST_MS }, async () => {
      const visit = await stage.visit('#/you');
      const { page } = visit;
      await page.getByRole('button', { name: 'Signer app or bunker' }).click();
      await page.getByRole('button', { name: 'Show a QR code' }).click();
      await page.getByRole('img', { name: 'QR code for a signer app' }).waitFor();
      const offer = page.getByRole('link', { name: 'Open in an app on this device' });
      await bunker.takeUp((await offer.getAttribute('href')) ?? '');
      await signedIn(page, 'with a signer app');
      await ends(visit);
    });
  });

  test(
    'with a new key takes a kept backup and its password, by keyboard alone',
    { timeout: TEST_MS },
    async () => {
      const visit = await stage.visit('#/you');
      const { page } = visit;
      await press(page, 'New here? Make a key', 'button');
      await reach(page, 'Password for the backup', 'textbox');
      await page.keyboard.type('too short');
      expect(await page.getByRole('button', { name: 'Make the key' }).isDisabled()).toBe(true);
      await page.keyboard.type(' no more');
      await page.keyboard.press('Enter');

      await page.getByRole('button', { name: 'Download' }).waitFor();
      expect(await page.getByRole('button', { name: 'I have kept it' }).isDisabled()).toBe(true);
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        press(page, 'Download', 'button'),
      ]);
      const [ncryptsec = ''] = (await readFile(await download.path(), 'utf8')).split('\n');
      await press(page, 'I have kept it', 'button');

      await reach(page, 'Password, again', 'textbox');
      await page.keyboard.type('another one');
      await page.keyboard.press('Enter');
      await page.getByText('That password does not open the backup').waitFor();
      await reach(page, 'Password, again', 'textbox');
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.type('too short no more');
      await page.keyboard.press('Enter');
      await signedIn(page, 'with a key made here');

      const opened = parseSecretKey(ncryptsec, 'too short no more');
      if (!opened.ok) throw new Error(opened.failure.message);
      expect(await shownKey(page)).toBe(pubkeyOf(opened.value));

      await press(page, 'Sign out', 'button');
      await page.getByText('Without your backup and its password it is gone').waitFor();
      await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).press('Enter');
      await press(page, 'Encrypted key', 'button');
      await page.getByLabel('Encrypted key (ncryptsec1…)').fill(ncryptsec);
      await page.getByLabel('Password').fill('too short no more');
      await page.keyboard.press('Enter');
      await signedIn(page, 'with a key kept in this browser');
      expect(await shownKey(page)).toBe(pubkeyOf(opened.value));
      await ends(visit);
    },
  );

  test('with a public key looks, and has nothing to pay with', { timeout: TEST_MS }, async () => {
    const visit = await stage.visit('#/you');
    const { page } = visit;
    await page.getByRole('button', { name: 'Encrypted key' }).click();
    await page.getByLabel('Encrypted key (ncryptsec1…)').fill('nsec1qqqq');
    await page.getByText('This is a bare secret key.').waitFor();
    await page.getByRole('button', { name: 'Just look' }).click();
    await page.getByLabel('Public key (npub1').fill(stage.market.providerPubkey);
    await page.getByRole('button', { name: 'Look round' }).click();
    await signedIn(page, 'with a public key only');
    await page.goto(`${stage.url}/#/wallet`);
    await page.getByText('This key can only look').waitFor();
    await ends(visit);
  });
});

test(
  'a wallet: one that cannot be, one that refuses, play money with a budget',
  { timeout: TEST_MS },
  async () => {
    const key = generateSecretKey();
    const visit = await stage.visit('#/you', {
      before: async (context) => {
        await addExtension(context, key);
        await context.addInitScript(() => {
          const enable = () => Promise.reject(new Error('User rejected'));
          Reflect.set(globalThis, 'webln', { enable, sendPayment: enable });
        });
      },
    });
    const { page } = visit;
    await page.getByRole('button', { name: 'Sign in with the extension' }).click();
    await signedIn(page, 'with a browser extension');
    await page.getByRole('link', { name: 'Wallet', exact: true }).click();
    await page.getByLabel('Connection string').fill('nostr+walletconnect://nonsense');
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').innerText()).not.toContain('nonsense');
    await page.getByRole('button', { name: 'Use the browser wallet' }).click();
    await page.getByText('wallet-unauthorized').waitFor();

    await page.getByRole('button', { name: 'Take a play wallet' }).click();
    await page.getByRole('heading', { name: 'Connected wallet' }).waitFor();
    await page.getByText('You are asked before every payment.').waitFor();
    await page.getByLabel('Budget (sat)').fill('0');
    await page.getByText('A whole number of sats, 1 or more').waitFor();
    await page.getByLabel('Budget (sat)').fill('500');
    await page.getByRole('button', { name: 'Set the budget' }).click();
    await page.getByText('0 sat of 500 sat spent').waitFor();
    await page.reload();
    await page.getByText('0 sat of 500 sat spent').waitFor();
    await page.getByRole('main').getByText('play money', { exact: true }).first().waitFor(); // one, or it is refused
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('button', { name: 'Take a play wallet' }).waitFor();
    await ends(visit);
  },
);

describe.each(['light', 'dark'] as const)('axe finds nothing serious, %s:', (colorScheme) => {
  let visit: Visit;
  beforeAll(async () => {
    const key = generateSecretKey();
    visit = await stage.visit('#/you', { colorScheme, before: (context) => addExtension(context, key) });
  }, TEST_MS);
  afterAll(() => ends(visit));

  test('the ways in', { timeout: TEST_MS }, async () => {
    // Each opens in place of the one before; in the dark, one shows the colours of all.
    const ways = ['Encrypted key', 'Just look', 'New here? Make a key', 'Signer app or bunker'];
    for (const way of colorScheme === 'dark' ? ways.slice(0, 1) : ways) {
      await visit.page.getByRole('button', { name: way }).click();
      expect(await faultsOf(visit.page), way).toEqual([]);
    }
  });

  test('waiting, signed in, choosing a wallet', { timeout: TEST_MS }, async () => {
    const { page } = visit;
    await page.reload();
    await page.getByRole('button', { name: 'Signer app or bunker' }).click();
    await page.getByRole('button', { name: 'Show a QR code' }).click();
    await page.getByRole('img', { name: 'QR code for a signer app' }).waitFor();
    expect(await faultsOf(page), 'waiting').toEqual([]);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Sign in with the extension' }).click();
    await signedIn(page, 'with a browser extension');
    expect(await faultsOf(page), 'signed in').toEqual([]);
    await page.goto(`${stage.url}/#/wallet`);
    await page.getByRole('button', { name: 'Take a play wallet' }).waitFor();
    expect(await faultsOf(page), 'wallets').toEqual([]);
  });
});

/** A fake extension with a real key behind it (NIP-07), whose owner agrees or not. */
async function addExtension(
  context: BrowserContext,
  secretKey: Uint8Array,
  owner: () => 'yes' | 'no' = () => 'yes',
): Promise<void> {
  const signer = secretKeySigner(secretKey);
  await context.exposeFunction('askOwner', async (wish: EventTemplate | null) => {
    if (owner() === 'no') throw new Error('The owner refused');
    return wish === null ? signer.pubkey : signer.sign(wish);
  });
  await context.addInitScript(() => {
    const ask = (wish: unknown) => (Reflect.get(globalThis, 'askOwner') as (wish: unknown) => unknown)(wish);
    Reflect.set(globalThis, 'nostr', { getPublicKey: () => ask(null), signEvent: ask });
  });
}

/** Waits until the page says who is signed in, and how. */
async function signedIn(page: Page, how: string): Promise<void> {
  await page.getByRole('heading', { name: 'Signed in' }).waitFor();
  await page.getByRole('main').getByText(how).waitFor();
}

async function shownKey(page: Page): Promise<string> {
  const npub = await page.getByRole('main').locator('dd code').innerText();

  const read = parsePubkey(npub);
  return read.ok ? read.value : npub;
}

/** Moves the focus there with the tab key. */
async function reach(page: Page, name: string, role: 'button' | 'textbox'): Promise<void> {
  const target = page.getByLabel(name, { exact: true }).or(page.getByRole(role, { name })).first();
  await target.waitFor();
  for (let presses = 0; presses < 60; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the tab key does not lead to “${name}”`);
}

async function press(page: Page, name: string, role: 'button'): Promise<void> {
  await reach(page, name, role);
  await page.keyboard.press('Enter');
}

async function faultsOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

/** Nothing was broken or blocked during the visit. */
async function ends(visit: Visit): Promise<void> {
  expect(visit.faults).toEqual([]);
  await visit.close();
}
