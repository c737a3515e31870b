import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONTENT_SECURITY_HEADER } from './content-security-policy.ts';
import { UNBUILT_PAGE } from './unbuilt-page.ts';

/** Where the built web app is, in a checkout and in the installed package alike. */
export const BUILT_WEB_APP = fileURLToPath(new URL('../../dist/web/', import.meta.url));

/** The web app's files for one server. */
export interface WebApp {
  /** The file at this path, the page for `/`; `null` where the app has none. */
  respond(path: string): Promise<Response | null>;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

const SAFE_HEADERS = {
  // A worker is bound by the policy that its own script came with, so every file carries it.
  'content-security-policy': CONTENT_SECURITY_HEADER,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/**
 * Opens the files of a build. Only what lies in the directory now is ever served, so no path leads out of it. Where
 * nothing was built, the page says how to.
 */
export async function openWebApp(dir: string): Promise<WebApp> {
  const paths = new Set(await filesBelow(dir));
  return {
    async respond(path) {
      const name = path === '/' ? '/index.html' : path;
      if (paths.has(name)) return fileResponse(name, await readFile(join(dir, name)));
      return path === '/' ? fileResponse('/index.html', Buffer.from(UNBUILT_PAGE)) : null;
    },
  };
}

function fileResponse(name: string, bytes: Buffer): Response {
  // Names below assets/ contain the hash of what they hold.
  const isHashed = name.startsWith('/assets/');
  return new Response(new Uint8Array(bytes), {
    headers: {
      ...SAFE_HEADERS,
      'content-type': CONTENT_TYPES[extname(name)] ?? 'application/octet-stream',
      'cache-control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    },
  });
}

/** Paths as requests name them; nothing hidden, which is about the build and not for browsers. */
async function filesBelow(dir: string): Promise<string[]> {
  try {
    const entries = await readdir(dir, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(dir, sep).length - 1))
      .map((path) => path.split(sep).join('/'))
      .filter((path) => !path.includes('/.'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
