/**
 * Draws docs/timeline.svg from a real first sale: `node bin/coinop.mjs --json up --once | node scripts/draw-timeline.ts`.
 */
import { writeFileSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';

interface Step {
  readonly atMs: number;
  readonly job: string;
  readonly who: string;
  readonly what: string;
  readonly amountMsat: string | null;
}

const WIDTH = 860;
const LEFT = 110;
const RIGHT = 30;
const ROW = 19;
const TOP = 64;
const PHASES = [
  { name: 'offer', from: 'asks', to: 'offers', fill: '#8ecae6' },
  { name: 'compare', from: 'offers', to: 'pays the hold', fill: '#c9ced3' },
  { name: 'pay', from: 'pays the hold', to: 'sees the money', fill: '#ffb703' },
  { name: 'work', from: 'sees the money', to: 'delivers', fill: '#219ebc' },
  { name: 'settle', from: 'delivers', to: 'hold is settled', fill: '#7cb518' },
] as const;

const { timeline, tookMs, spentMsat } = JSON.parse(await readAll(process.stdin)) as {
  timeline: Step[];
  tookMs: number;
  spentMsat: string;
};
const jobs = [...new Set(timeline.map(({ job }) => job))];
const x = (ms: number) => LEFT + (ms / tookMs) * (WIDTH - LEFT - RIGHT);
const at = (job: string, what: string) =>
  timeline.find((step) => step.job === job && step.what.startsWith(what))?.atMs;
const height = TOP + jobs.length * (PHASES.length * ROW + 26) + 16;

const parts: string[] = [];
let y = TOP;
for (const job of jobs) {
  const price = timeline.find((step) => step.job === job && step.what === 'offers')?.amountMsat;
  parts.push(label(16, y + 12, `${job}  ·  ${Number(price ?? 0) / 1000} sat`, 'font-weight="600"'));
  y += 20;
  for (const { name, from, to, fill } of PHASES) {
    const [begin, end] = [at(job, from), at(job, to)];
    if (begin !== undefined && end !== undefined && end >= begin) {
      const width = Math.max(3, x(end) - x(begin));
      parts.push(label(40, y + 11, name, 'fill="#5b6770"'));
      parts.push(
        `<rect x="${x(begin).toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="14" rx="3" fill="${fill}"/>`,
      );
      const after = x(end) + 6;
      const fits = after < WIDTH - 70;
      parts.push(
        label(
          fits ? after : x(begin) - 6,
          y + 11,
          `${Math.round(end - begin)} ms`,
          fits ? '' : 'text-anchor="end"',
        ),
      );
    }
    y += ROW;
  }
  y += 6;
}
const title = `A chained job on the local market: ${Number(spentMsat) / 1000} sat of play money, ${Math.round(tookMs)} ms`;
writeFileSync(
  'docs/timeline.svg',
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${Math.round(height)}" font-family="system-ui, sans-serif" font-size="12" fill="#1d2b33" role="img" aria-label="${title}">
<rect width="100%" height="100%" rx="8" fill="#f7f9fa"/>
${label(16, 30, title, 'font-size="16" font-weight="600"')}
${parts.join('\n')}
</svg>
`,
);

function label(left: number, baseline: number, words: string, attributes: string): string {
  return `<text x="${left.toFixed(1)}" y="${baseline.toFixed(1)}" ${attributes}>${words.replace(/[<&]/g, '')}</text>`;
}
