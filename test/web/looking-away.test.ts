import type { Page } from '@playwright/test';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATIENCE_MS, STAGE_MS } from './stage.ts';
import {
  agree,
  ask,
  considerOffer,
  findJob,
  meetTwoPeople,
  quote,
  TEST_MS,
  type TwoPeople,
} from './two-people.ts';

let people: TwoPeople;

beforeAll(async () => {
  people = await meetTwoPeople();
}, STAGE_MS);
afterAll(() => people.close(), 60_000);

test(
  'a tab that nobody looks at is paid, and calls the person to begin and for the next request, whatever page it shows',
  async () => {
    const { customer, worker } = people;
    await worker.page.addInitScript(hearNotifications);
    await worker.page.context().grantPermissions(['notifications']);
    await worker.page.reload();
    const requestId = await ask(customer, 'The bridge sleeps.');
    await findJob(worker, 'The bridge sleeps');
    await quote(worker, 90);
    await worker.open('#/');
    await worker.page.getByRole('heading', { level: 1, name: 'What do you want done?' }).waitFor();
    await worker.page.evaluate(lookAway);

    await considerOffer(customer);
    await agree(customer);
    await expect
      .poll(async () => (await people.stored({ kinds: [7000], '#e': [requestId] })).flatMap(statusOf), {
        timeout: PATIENCE_MS,
      })
      .toContain('processing');
    expect(await worker.payments('incoming')).toMatchObject([{ state: 'settled' }]);
    await expect
      .poll(() => shown(worker.page), { timeout: PATIENCE_MS })
      .toEqual(['A job is yours to do now Translation: The bridge sleeps.']);

    await ask(customer, 'The tower\u202e wakes.');
    await expect.poll(() => shown(worker.page), { timeout: PATIENCE_MS }).toHaveLength(2);
    const [, call] = await shown(worker.page);
    expect(call).toContain('The tower');
    expect(call).not.toContain('\u202e');
    await worker.page.evaluate(() => Object.assign(globalThis, { refusesCalls: true }));
    await ask(customer, 'The well is deep.');
    await expect
      .poll(() => worker.page.evaluate(() => 'calledInVain' in globalThis), { timeout: PATIENCE_MS })
      .toBe(true);
    await worker.page.getByRole('heading', { level: 1, name: 'What do you want done?' }).waitFor();
    await worker.page.evaluate(() => globalThis.dispatchEvent(new Event('last-call-clicked')));
    await worker.page.waitForURL(/#\/workbench\/[0-9a-f]{64}$/);
    expect(people.faults()).toEqual([]);
  },
  TEST_MS,
);

/** Keeps what the page would show to the person. */
function hearNotifications(): void {
  const calls: string[] = [];
  Object.assign(globalThis, {
    shownCalls: calls,
    Notification: class extends EventTarget {
      static readonly permission = 'granted';
      constructor(title: string, { body = '' }: NotificationOptions = {}) {
        super();
        if ('refusesCalls' in globalThis) {
          Object.assign(globalThis, { calledInVain: true });
          throw new TypeError('Illegal constructor'); // as Chrome for Android says it
        }
        const place = calls.push(`${title} ${body}`);
        globalThis.addEventListener('last-call-clicked', () => {
          if (place === calls.length) this.dispatchEvent(new Event('click'));
        });
      }
      close(): void {
        // the system takes it away
      }
    },
  });
}

/** What a browser does to a tab behind others: the page is hidden, draws nothing, and its timers run once a minute. */
function lookAway(): void {
  const { setTimeout: later, setInterval: every } = globalThis;
  const A_MINUTE_MS = 60_000;
  Object.assign(globalThis, {
    setTimeout: (run: () => void, ms = 0) => later(run, Math.max(ms, A_MINUTE_MS)),
    setInterval: (run: () => void, ms = 0) => every(run, Math.max(ms, A_MINUTE_MS)),
    requestAnimationFrame: () => 0,
  });
  Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
  document.dispatchEvent(new Event('visibilitychange'));
}

function shown(page: Page): Promise<readonly string[]> {
  return page.evaluate(
    () => (globalThis as unknown as { readonly shownCalls: readonly string[] }).shownCalls,
  );
}

function statusOf({ tags }: { readonly tags: readonly (readonly string[])[] }): readonly string[] {
  return tags.filter(([name]) => name === 'status').map(([, status = '']) => status);
}
