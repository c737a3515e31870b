import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { CONTENT_SECURITY_POLICY } from '../src/market/content-security-policy.ts';

/** Static hosts send no policy of ours, so the page brings it along. The development server writes inline code. */
const contentSecurityPolicy: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: CONTENT_SECURITY_POLICY },
      injectTo: 'head-prepend',
    },
  ],
};

/**
 * The contracts of kinds, which the page and its worker both need at once: bundled alike on both sides, they are one
 * file, and fetched once.
 */
const KIND_FILES =
  /\/protocol\/kinds\/(?:discovery|kind-contracts|labor|machines|media|observed|publishing|reputation|shorthand|text)\.ts$/;
const output = { topLevelVar: true, codeSplitting: { groups: [{ name: 'kinds', test: KIND_FILES }] } };

/** The web app: static files that any host can serve, below any path. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react(), contentSecurityPolicy],
  // nostr-tools would bring along older releases of the same libraries.
  resolve: {
    dedupe: ['@noble/ciphers', '@noble/curves', '@noble/hashes', '@scure/base'],
    // A stand-in for what React has had for years.
    alias: [{ find: /^use-sync-external-store\/shim$/, replacement: 'react' }],
  },
  worker: { format: 'es', rolldownOptions: { output } },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2024',
    modulePreload: { polyfill: false },
    manifest: true,
    rolldownOptions: { output },
  },
});
