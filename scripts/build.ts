/** Builds `dist`: removes the last build, compiles, copies what is not code, and adds the web app. */
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { placeWebApp } from './web-app.ts';

rmSync('dist', { recursive: true, force: true });
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
cpSync('src/market/sample', 'dist/market/sample', { recursive: true });
placeWebApp();
