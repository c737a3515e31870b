/**
 * Draws which room imports which into ARCHITECTURE.md, from the sources themselves.
 * `--check` fails instead when the drawing is not true any more.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = 'ARCHITECTURE.md';
const BEGIN = '<!-- imports: drawn by `npm run draw-imports` -->';
const END = '<!-- /imports -->';

interface Cruised {
  readonly modules: readonly {
    readonly source: string;
    readonly dependencies: readonly { resolved: string }[];
  }[];
}

function roomEdges(): string[] {
  const output = execFileSync(
    'node_modules/.bin/depcruise',
    ['src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'],
    { encoding: 'utf8', maxBuffer: 64_000_000 },
  );
  const { modules } = JSON.parse(output) as Cruised;
  const edges = new Set<string>();
  for (const { source, dependencies } of modules)
    for (const { resolved } of dependencies) {
      const [from, to] = [roomOf(source), roomOf(resolved)];
      if (from && to && from !== to) edges.add(`  ${from} --> ${to}`);
    }
  return [...edges].toSorted();
}

function roomOf(path: string): string | undefined {
  return /^src\/([^/]+)\//.exec(path)?.[1];
}

const text = readFileSync(FILE, 'utf8');
const [before, rest] = text.split(BEGIN);
const after = rest?.split(END)[1];
if (before === undefined || after === undefined)
  throw new Error(`${FILE} has lost its markers ${BEGIN} … ${END}`);
const drawn = `${before}${BEGIN}\n\n\`\`\`mermaid\nflowchart BT\n${roomEdges().join('\n')}\n\`\`\`\n\n${END}${after}`;

if (!process.argv.includes('--check')) writeFileSync(FILE, drawn);
else if (drawn !== text) {
  console.error(`${FILE} no longer shows the imports as they are; run: npm run draw-imports`);
  process.exitCode = 1;
}
