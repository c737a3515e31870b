/** Every screen in the states in which people meet it: reachable for everybody, and holding still while it loads. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openScriptedApp, type ScriptedApp } from './scripted-app.ts';
import { allRooms } from '../../web/app/strings.ts';
import { loadAllRooms } from './rooms.ts';
import { pressed, SCREENS } from './screens.ts';
import { STAGE_MS } from './stage.ts';

/** What of the page may move by itself while it loads, as browsers count it. */
const MOST_SHIFT = 0.05;
/** How much later than the page each part of what the engine knows comes in. */
const LATE_MS = 80;

/** Of one screen, on a busy machine. */
const SCREEN_MS = 120_000;

const PHONE = { width: 390, height: 844 };

let app: ScriptedApp;

beforeAll(async () => {
  app = await openScriptedApp();
}, STAGE_MS);

afterAll(() => app.close());

/** One state of each page, and one of its dialogs where it has some; `npm run test:screens` takes minutes for all. */
const LOOKED_AT =
  process.env['COINOP_SCREENS'] === 'all'
    ? SCREENS
    : [
        ...new Map(
          SCREENS.map((screen) => [`${screen.path} ${screen.press !== undefined}`, screen]),
        ).values(),
      ];

describe.each(LOOKED_AT)('$path of $scene $press', ({ scene, path, shows, press = [], growsLate }) => {
  const holdsStill = press.length === 0 && growsLate !== true;

  test(
    'axe finds nothing, in light or dark',
    async () => {
      const opened = await app.open(scene, path, { lateMs: LATE_MS });
      const { page, faults } = opened;
      await page.getByText(shows).first().waitFor();
      if (holdsStill) await expectStill(page);
      for (const name of press) await pressed(page, name);
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
      expect(await violations(new AxeBuilder({ page }))).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      await settled(page);
      expect(await violations(new AxeBuilder({ page }).withRules('color-contrast'))).toEqual([]);
      expect(faults).toEqual([]);
      await opened.close();
    },
    SCREEN_MS,
  );

  test.runIf(holdsStill)(
    'holds still while it loads on a phone',
    async () => {
      const opened = await app.open(scene, path, { lateMs: LATE_MS, viewport: PHONE });
      await opened.page.getByText(shows).first().waitFor();
      await expectStill(opened.page);
      await opened.close();
    },
    SCREEN_MS,
  );
});

test(
  'in German, nothing that is translated is said in English',
  async () => {
    await loadAllRooms();
    const english = new Set<string>();
    for (const { english: said, further } of allRooms().values()) {
      const { strings } = await further.de();
      for (const [key, words] of Object.entries(said))
        if (words.length > 3 && !words.includes('{{') && strings[key] !== words) english.add(words);
    }
    const found: string[] = [];
    for (const { scene, path } of LOOKED_AT) {
      const opened = await app.open(scene, path, { language: 'de' });
      await opened.page.locator('html[lang=de] main h1').waitFor();
      await settled(opened.page);
      for (const words of await textsOf(opened.page))
        if (english.has(words)) found.push(`${path} of ${scene}: ${words}`);
      await opened.close();
    }
    expect(found).toEqual([]);
  },
  5 * SCREEN_MS,
);

/** Every text that stands on the page. */
function textsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const texts: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) texts.push(walker.currentNode.textContent?.trim() ?? '');
    return texts;
  });
}

/** Resolves when what changed is drawn, and what moves has come to rest. */
function settled(page: Page): Promise<void> {
  return page.evaluate(async () => {
    for (let frames = 0; frames < 3; frames += 1) await new Promise(requestAnimationFrame);
    await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
  });
}

async function expectStill(page: Page): Promise<void> {
  const { sum, moved } = await shiftOf(page);
  expect(sum, moved.join('\n')).toBeLessThanOrEqual(MOST_SHIFT);
}

async function violations(axe: AxeBuilder): Promise<string[]> {
  const found = await axe.analyze();
  return found.violations.map(({ id, impact, nodes }) => `${impact}: ${id} at ${nodes[0]?.target.join(' ')}`);
}

/** How far the page moved by itself so far, and what of it. */
function shiftOf(page: Page): Promise<{ readonly sum: number; readonly moved: readonly string[] }> {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        let sum = 0;
        const moved: string[] = [];
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) {
            if (!('value' in entry) || !('sources' in entry) || !Array.isArray(entry.sources)) continue;
            sum += Number(entry.value);
            for (const { node } of entry.sources)
              moved.push(
                `${Number(entry.value).toFixed(3)} ${node?.className ?? node?.nodeName} ${node?.textContent?.slice(0, 30)}`,
              );
          }
        }).observe({ type: 'layout-shift', buffered: true });
        requestAnimationFrame(() => setTimeout(() => resolve({ sum, moved }), 0));
      }),
  );
}
