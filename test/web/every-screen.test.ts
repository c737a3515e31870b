/** Every screen in the states in which people meet it: reachable for everybody, and holding still while it loads. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inPseudo, unbracketed } from './pseudo-language.ts';
import { openScriptedApp, type ScriptedApp } from './scripted-app.ts';
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

describe.each(LOOKED_AT)('$path of $scene $press', ({ scene, path, shows, press = [] }) => {
  const holdsStill = press.length === 0;

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
  'every word can be said in another language',
  async () => {
    const found = new Set<string>();
    const opened = await app.open('signed-out', '#/', { language: 'de', pseudo: true });
    for (const { scene, path, shows, press = [] } of SCREENS) {
      await opened.goTo(scene, path);
      await opened.page.getByText(inPseudo(shows)).first().waitFor();
      for (const name of press) await pressed(opened.page, inPseudo(name));
      await settled(opened.page);
      for (const words of await unbracketed(opened.page))
        found.add(`${path.slice(0, 20)} of ${scene}: ${words}`);
    }
    await opened.close();
    expect([...found]).toEqual([]);
  },
  5 * SCREEN_MS,
);

test(
  'what no language has words for stays as the engine said it, marked as English',
  async () => {
    const opened = await app.open('failing-strangely', `#/service/${'c'.repeat(64)}/0`, { language: 'de' });
    await opened.page.locator('[role=alert] [lang=en]', { hasText: 'It came to nothing.' }).waitFor();
    await opened.close();
  },
  SCREEN_MS,
);

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
