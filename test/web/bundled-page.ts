import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { build } from 'vite';

/** A page that was bundled and is served on loopback. */
export interface ServedPage {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Bundles a page of `in-page/` for a browser, into a new directory that the caller removes; `vitest` there is the
 * stand-in beside it.
 */
export async function bundlePage(page: 'ledger' | 'engine'): Promise<string> {
  const inPage = join(import.meta.dirname, 'in-page');
  const outDir = mkdtempSync(join(tmpdir(), 'coinop-page-'));
  await build({
    configFile: false,
    logLevel: 'error',
    root: join(inPage, page),
    base: './',
    resolve: { alias: { vitest: join(inPage, 'vitest.ts') } },
    worker: { format: 'es' },
    build: { outDir, emptyOutDir: true, target: 'es2024' },
  });
  return outDir;
}

/** Serves a bundled page, and removes it when that ends. */
export async function servePage(dir: string): Promise<ServedPage> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const file = join(dir, path === '/' ? 'index.html' : path);
    const type = TYPES[extname(file)];
    if (type === undefined || !existsSync(file)) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': type, 'cache-control': 'max-age=3600' });
    createReadStream(file).pipe(response);
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          rmSync(dir, { recursive: true });
          resolve();
        });
      }),
  };
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
};
