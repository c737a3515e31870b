/**
 * What ten thousand rows cost, when a page opens with them and while they scroll: every list of the web app that grows
 * with use is filled and scrolled from its first row to its last one, a screen's height per frame, in the real pages
 * around an engine that tells what it is told to. Takes the tasks over 50 ms that the browser counts, from when the
 * engine has its rows on. `node bench/long-lists.ts`, about two minutes.
 */
import { loadavg } from 'node:os';
import { openScriptedApp, type ScriptedApp } from '../test/web/scripted-app.ts';
import { thisMachine } from './report.ts';

const RUN = `#/run/${'a'.repeat(64)}`;
const LISTS = [
  ['runs-of-10000', '#/runs'],
  ['services-of-10000', '#/services'],
  ['requests-of-10000', '#/workbench'],
  ['earnings-of-10000', '#/workbench/earnings'],
  ['list-of-10000', RUN],
  ['events-of-10000', RUN],
] as const;

/** What scrolling one list took. */
interface Scrolled {
  readonly frames: number;
  /** Lengths of the tasks over 50 ms, in milliseconds: until the first rows stand there and are at rest, and after. */
  readonly longTasksOpeningMs: readonly number[];
  readonly longTasksMs: readonly number[];
  readonly mostRows: number;
  readonly lastRow: number;
}

/** Runs in the page: a screen's height per frame until nothing more moves. */
const SCROLL = `new Promise((resolve) => {
  const [{ startTime: madeAt }] = performance.getEntriesByName('scene-made');
  const startedAt = performance.now();
  const longTasksOpeningMs = [];
  const longTasksMs = [];
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries())
      if (startTime > madeAt) (startTime < startedAt ? longTasksOpeningMs : longTasksMs).push(Math.round(duration));
  });
  observer.observe({ type: 'longtask', buffered: true });
  let frames = 0;
  let mostRows = 0;
  const step = () => {
    const before = scrollY;
    scrollBy(0, innerHeight);
    frames += 1;
    const rows = document.querySelectorAll('[aria-posinset]');
    mostRows = Math.max(mostRows, rows.length);
    if (frames < 5000 && scrollY > before) return requestAnimationFrame(step);
    const lastRow = Math.max(...Array.from(rows, (row) => Number(row.getAttribute('aria-posinset'))));
    setTimeout(() => resolve({ frames, longTasksOpeningMs, longTasksMs, mostRows, lastRow }), 200);
  };
  requestAnimationFrame(step);
})`;

/** Runs in the page: resolves after its first second without a task over 50 ms, or ten. */
const AT_REST = `new Promise((resolve) => {
  setTimeout(resolve, 10_000);
  let quiet = setTimeout(resolve, 1000);
  new PerformanceObserver(() => {
    clearTimeout(quiet);
    quiet = setTimeout(resolve, 1000);
  }).observe({ type: 'longtask' });
})`;

const before = loadavg()[0];
const app = await openScriptedApp();
const lists: Record<string, Scrolled> = {};
for (const [scene, path] of LISTS) lists[scene] = await scrolled(app, scene, path);
await app.close();
const machine = { ...thisMachine(), load: { before, after: loadavg()[0] } };
console.log(JSON.stringify({ machine, lists }, null, 2));

async function scrolled(opened: ScriptedApp, scene: string, path: string): Promise<Scrolled> {
  const list = await opened.open(scene, path);
  await list.page.locator('[aria-setsize="10000"]').first().waitFor();
  await list.page.evaluate(AT_REST);
  const result = await list.page.evaluate<Scrolled>(SCROLL);
  await list.close();
  return result;
}
