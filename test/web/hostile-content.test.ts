import type { Page } from '@playwright/test';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openScriptedApp, type ScriptedApp, type ScriptedPage } from './scripted-app.ts';
import { PATIENCE_MS, STAGE_MS } from './stage.ts';

const RUN = `#/run/${'a'.repeat(64)}`;

let app: ScriptedApp;

beforeAll(async () => {
  app = await openScriptedApp();
}, STAGE_MS);

afterAll(() => app.close());

/** Nothing of it ran, nothing was loaded from elsewhere, and the page did not break. */
async function expectHarmless({ page, faults, strangers }: ScriptedPage): Promise<void> {
  expect(await page.evaluate(() => 'pwned' in globalThis)).toBe(false);
  expect(
    await page.locator('iframe, object, embed, main script, main [onerror], main [onload]').count(),
  ).toBe(0);
  expect(await page.getByText('This page broke').count()).toBe(0);
  expect(faults).toEqual([]);
  expect(strangers).toEqual([]);
}

/** How much text and how many elements the page holds, whatever was sent. */
async function weightOf({
  page,
}: ScriptedPage): Promise<{ readonly characters: number; readonly elements: number }> {
  return page.evaluate(() => ({
    characters: document.body.innerText.length,
    elements: document.querySelectorAll('*').length,
  }));
}

async function openResult(scene: string): Promise<ScriptedPage> {
  const opened = await app.open(scene, RUN);
  await opened.page.getByRole('region', { name: 'Result', exact: true }).waitFor();
  return opened;
}

test('markup in a result is text', async () => {
  const opened = await openResult('markup-text');
  await expect
    .poll(() => opened.page.getByText('<script>globalThis.pwned=1</script>').count())
    .toBeGreaterThan(0);
  await expectHarmless(opened);
  await opened.close();
});

test('Markdown brings no HTML, no picture before a click, and no address but the web’s', async () => {
  const opened = await openResult('markup-markdown');
  const { page } = opened;
  await page.getByRole('heading', { name: 'Title' }).waitFor();
  const links = await page
    .getByRole('region', { name: 'Result', exact: true })
    .getByRole('link')
    .evaluateAll((found) => found.map((link) => [link.getAttribute('href'), link.getAttribute('rel')]));
  const outward = links.filter(([href]) => href?.startsWith('blob:') !== true);
  expect(outward.length).toBeGreaterThan(0);
  for (const [href, rel] of outward) {
    expect(href).toMatch(/^https:\/\//);
    expect(rel).toContain('noopener noreferrer');
  }
  expect(await page.locator('main img').count()).toBe(0);
  await expectHarmless(opened);
  // The reader may say so: then the host learns it, and only then.
  await page.getByRole('button', { name: 'Load it' }).click();
  await expect.poll(() => opened.strangers).toEqual(['https://tracker.example/pixel.png']);
  await opened.close();
});

test('a javascript: address is no link', async () => {
  const opened = await openResult('javascript-address');
  await opened.page.getByText('javascript:globalThis.pwned=1').first().waitFor();
  expect(await opened.page.locator('a[href^="javascript"]').count()).toBe(0);
  await expectHarmless(opened);
  await opened.close();
});

test('addresses of the web open elsewhere, and media only on a click', async () => {
  const opened = await openResult('web-address');
  const link = opened.page.getByRole('link', { name: 'https://example.com/a', exact: true });
  await link.waitFor();
  expect(await link.getAttribute('target')).toBe('_blank');
  expect(await link.getAttribute('rel')).toContain('noopener noreferrer');
  await expectHarmless(opened);
  await opened.close();
});

test.each(['giant-text', 'giant-line'])('%s comes in parts', async (scene) => {
  const opened = await openResult(scene);
  const { page } = opened;
  const more = page.getByRole('button', { name: /Show [\d,]+ more characters/ });
  await more.waitFor();
  const before = await weightOf(opened);
  expect(before.characters).toBeLessThan(20_000);
  await more.click();
  await expect.poll(async () => (await weightOf(opened)).characters).toBeGreaterThan(before.characters);
  expect((await weightOf(opened)).characters).toBeLessThan(80_000);
  await expectHarmless(opened);
  await opened.close();
});

test.each(['deep-markdown', 'deep-json'])('%s does not break the page', async (scene) => {
  const opened = await openResult(scene);
  await opened.page.getByText('Timeline').first().waitFor();
  expect((await weightOf(opened)).elements).toBeLessThan(1500);
  await expectHarmless(opened);
  await opened.close();
});

test('wide JSON is a tree that is made as it is opened', async () => {
  const opened = await openResult('wide-json');
  const { page } = opened;
  await page.getByText('rows', { exact: true }).waitFor();
  const closed = (await weightOf(opened)).elements;
  await page.getByText('20,000 entries').click();
  await page.getByRole('button', { name: 'Show 100 more' }).waitFor();
  expect((await weightOf(opened)).elements).toBeLessThan(closed + 2500);
  await expectHarmless(opened);
  await opened.close();
});

test('characters that hide what a text says are written out', async () => {
  const opened = await openResult('disguised');
  await opened.page.getByText('invoice⟨U+202E⟩fdp.exe⟨U+2066⟩⟨U+200B⟩⟨U+0007⟩').waitFor();
  await expectHarmless(opened);
  await opened.close();
});

test('a picture that unfolds into gigabytes is not opened, a broken one says so', async () => {
  const huge = await openResult('huge-picture');
  await huge.page.getByText('60,000 × 60,000').waitFor();
  expect(await huge.page.locator('main img').count()).toBe(0);
  await expectHarmless(huge);
  await huge.close();
  const broken = await openResult('broken-picture');
  await broken.page.getByText('The browser can neither show nor play this.').waitFor();
  await expectHarmless(broken);
  await broken.close();
});

test('an HTML file is saved under a plain name, and never shown', async () => {
  const opened = await openResult('html-file');
  const { page } = opened;
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Save as a file' }).click(),
  ]);
  expect(download.suggestedFilename()).not.toMatch(/[\u202E/\\]/);
  await expectHarmless(opened);
  await opened.close();
});

test('a list of 10,000 people has a screenful of them in the page', async () => {
  const opened = await openResult('list-of-10000');
  await expectScreenfuls(opened, '10,000 entries of a Nostr list', 10_000);
  await opened.close();
});

test.each([
  ['runs-of-10000', '#/runs', 'Runs'],
  ['services-of-10000', '#/services', 'Services'],
  ['requests-of-10000', '#/workbench', 'To answer'],
  ['earnings-of-10000', '#/workbench/earnings', 'Earnings'],
  ['events-of-10000', RUN, 'Result'],
])('%s scroll with a screenful of rows in the page', async (scene, path, label) => {
  const opened = await app.open(scene, path);
  await expectScreenfuls(opened, label, 10_000);
  await opened.close();
});

test('a frame of scrolling draws the rows that come, and asks nothing of the others', async () => {
  const opened = await app.open('counted-runs', '#/runs');
  const { page } = opened;
  await page.locator('[aria-setsize="10000"]').first().waitFor();
  await frames(page);
  const before = await asked(page);
  const screens = 20;
  for (let screen = 0; screen < screens; screen += 1) {
    await page.evaluate(() => scrollBy(0, innerHeight));
    await frames(page);
  }
  const after = await asked(page);
  const inPage = await page.locator('[aria-setsize="10000"]').count();
  expect(after.about - before.about).toBeGreaterThan(screens * 3);
  expect(after.about - before.about).toBeLessThan(screens * inPage * 2);
  expect(after.which - before.which).toBeLessThan(10_000);
  await opened.close();
});

test.each([
  ['earnings-of-10000', '#/workbench/earnings'],
  ['events-of-10000', RUN],
])('%s are written with formats that are made once', async (scene, path) => {
  const opened = await app.open(scene, path);
  const { page } = opened;
  await countFormats(page);
  await page.locator('[aria-setsize="10000"]').first().waitFor();
  for (let screen = 0; screen < 10; screen += 1) {
    await page.evaluate(() => scrollBy(0, innerHeight));
    await frames(page);
  }
  const made = await page.evaluate(() => Number(Reflect.get(globalThis, 'formatsMade')));
  expect(made).toBeGreaterThan(0);
  expect(made).toBeLessThan(30);
  await opened.close();
});

/** Loads the page again, which counts in `formatsMade` what it makes to write numbers and dates with. */
async function countFormats(page: Page): Promise<void> {
  await page.addInitScript(() => {
    let made = 0;
    Object.defineProperty(globalThis, 'formatsMade', { get: () => made });
    const count = (owner: object, name: string) => {
      const counted: ProxyHandler<() => unknown> = {
        construct: (target, given, newTarget) => {
          made += 1;
          return Reflect.construct(target, given, newTarget);
        },
        apply: (target, self, given) => {
          made += 1;
          return Reflect.apply(target, self, given);
        },
      };
      Reflect.set(owner, name, new Proxy(Reflect.get(owner, name), counted));
    };
    for (const name of ['NumberFormat', 'DateTimeFormat', 'PluralRules']) count(Intl, name);
    for (const name of ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString'])
      count(Date.prototype, name);
  });
  await page.reload();
}

/** How often the page asked its rows for what they are. */
function asked(page: Page): Promise<{ readonly which: number; readonly about: number }> {
  return page.evaluate(() => ({ ...Reflect.get(globalThis, 'asked') }));
}

/** Resolves when what changed is drawn. */
function frames(page: Page): Promise<unknown> {
  return page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
}

test('10,000 offers are a table of the first ones, which grows when it is asked to', async () => {
  const opened = await app.open('offers-of-10000', RUN);
  const rows = opened.page.getByRole('table', { name: 'Offers' }).getByRole('row');
  await rows.nth(1).waitFor();
  const few = await rows.count();
  expect(few).toBeLessThan(60);
  await opened.page.getByRole('button', { name: 'Show more offers (9,975)' }).click();
  await expect.poll(() => rows.count()).toBeGreaterThan(few);
  expect(await rows.count()).toBeLessThan(60);
  await opened.close();
});

/** Scrolls to the end by leaps: there are never more rows than a few screens hold, and the last one is reached. */
async function expectScreenfuls(opened: ScriptedPage, label: string, count: number): Promise<void> {
  const { page } = opened;
  const rows = page.getByRole('list', { name: label }).getByRole('listitem');
  await rows.first().waitFor();
  let most = 0;
  for (const share of [0, 0.25, 0.5, 0.75, 1, 1]) {
    await page.evaluate((part) => scrollTo(0, document.documentElement.scrollHeight * part), share);
    await frames(page);
    most = Math.max(most, await rows.count());
  }
  expect(most).toBeGreaterThan(3);
  expect(most).toBeLessThanOrEqual(60);
  const last = page.locator(`[aria-posinset="${count}"]`);
  await expect
    .poll(
      async () => {
        await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
        return last.count();
      },
      { timeout: PATIENCE_MS },
    )
    .toBe(1);
  await expectHarmless(opened);
}

test('poisoned words of providers are bounded and plain while a run waits', async () => {
  const opened = await app.open('poisoned-words', RUN);
  const { page } = opened;
  await page.getByText('Waiting for offers').first().waitFor();
  await page.getByText('What happened').click();
  await page.getByText('Raw events').click();
  expect(await page.locator('a[href^="lightning:"]').count()).toBe(0);
  expect((await weightOf(opened)).characters).toBeLessThan(30_000);
  await expectHarmless(opened);
  await opened.close();
});

test('poisoned announcements are bounded and plain in the directory, on their page and in the market', async () => {
  const opened = await app.open('poisoned-services', '#/services');
  const { page } = opened;
  await page.getByText('invoice⟨U+202E⟩').first().waitFor();
  expect((await weightOf(opened)).characters).toBeLessThan(12_000);
  await expectHarmless(opened);
  await page.evaluate((pubkey) => {
    location.hash = `#/service/${pubkey}/0`;
  }, 'c'.repeat(64));
  await page.getByText('What it says of itself').waitFor();
  expect((await weightOf(opened)).characters).toBeLessThan(60_000);
  await expectHarmless(opened);
  await page.evaluate(() => {
    location.hash = '#/new/5050';
  });
  await page.getByText('Who does this now').first().waitFor();
  await expectHarmless(opened);
  await opened.close();
});

test('a result changes no list without consent, and consent says what it does', async () => {
  const opened = await openResult('list-action');
  const { page } = opened;
  await page.getByRole('button', { name: 'Stop following 400 people' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change your public list?' });
  await dialog.getByText('and 380 more').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await expectHarmless(opened); // the scene answers no call: one would have been a fault
  await opened.close();
});
