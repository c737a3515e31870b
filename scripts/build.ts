/** Builds `dist`: removes the last build, compiles, and copies what is not code. */
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
cpSync('src/market/sample', 'dist/market/sample', { recursive: true });
