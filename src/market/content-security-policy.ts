const DIRECTIVES = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob: https:",
  "media-src 'self' blob: https:",
  "font-src 'self'",
  "connect-src 'self' ws: wss: https: http://127.0.0.1:* http://localhost:*",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
];

/**
 * What the web app may load and where it may talk to: its own files as code and style, nothing inline; any relay,
 * wallet and file server by TLS, those of this machine without. For a `<meta>` tag, which a static host serves.
 */
export const CONTENT_SECURITY_POLICY = DIRECTIVES.join('; ');

/** The same as a header, which can also say that no other page may frame this one. */
export const CONTENT_SECURITY_HEADER = [...DIRECTIVES, "frame-ancestors 'none'"].join('; ');
