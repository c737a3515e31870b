import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const CACHE = join(ROOT, 'node_modules', '.cache', 'coinop-web');
/** Everything that a build depends on. */
const INPUTS = ['web/**/*', 'src/**/*.ts', 'package-lock.json', 'scripts/web-app.ts'];
/** Another process that builds the same is waited for. */
const LOCK_WAIT_MS = 120_000;
const KEPT_MS = 24 * 3_600_000;

/**
 * The directory with the web app of the present sources, built when no build of them is kept. Processes that ask at
 * the same time build once.
 */
export function builtWebApp(): string {
  const dir = join(CACHE, hashOfInputs());
  if (existsSync(dir)) return dir;
  mkdirSync(CACHE, { recursive: true });
  const lock = new DatabaseSync(join(CACHE, 'lock'), { timeout: LOCK_WAIT_MS });
  try {
    lock.exec('BEGIN EXCLUSIVE'); // ends with the process, however it ends
    if (!existsSync(dir)) build(dir);
  } finally {
    lock.close();
  }
  return dir;
}

/** Puts the web app of the present sources where the market serves it from, and the package is made of. */
export function placeWebApp(): void {
  const place = join(ROOT, 'dist', 'web');
  const next = `${place}.next`;
  rmSync(next, { recursive: true, force: true });
  cpSync(builtWebApp(), next, { recursive: true });
  rmSync(place, { recursive: true, force: true });
  renameSync(next, place);
}

function build(dir: string): void {
  dropOldBuilds();
  const next = `${dir}.next`;
  execFileSync(
    process.execPath,
    [
      'node_modules/vite/bin/vite.js',
      'build',
      '-c',
      'web/vite.config.ts',
      '--outDir',
      next,
      '--logLevel',
      'warn',
    ],
    { cwd: ROOT, stdio: ['ignore', 2, 2], env: { ...process.env, NODE_ENV: 'production' } },
  );
  renameSync(next, dir);
}

function hashOfInputs(): string {
  const hash = createHash('sha256');
  const paths = INPUTS.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).toSorted();
  for (const path of paths) {
    if (path.endsWith('.test.ts') || !statSync(join(ROOT, path)).isFile()) continue;
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(ROOT, path)))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 32);
}

/** A test may still serve one of today's. */
function dropOldBuilds(): void {
  for (const name of readdirSync(CACHE)) {
    const path = join(CACHE, name);
    const isOld = Date.now() - statSync(path).mtimeMs > KEPT_MS;
    if (isOld && name !== 'lock') rmSync(path, { recursive: true, force: true });
  }
}
