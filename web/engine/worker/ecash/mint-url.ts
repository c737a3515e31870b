const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])$/;
const MAX_CHARS = 300;

/** Whether that can be the address of a mint: by TLS, or of this machine where the page is from it as well. */
export function isMintUrl(text: string, base: string): boolean {
  const url = text.length > MAX_CHARS ? null : URL.parse(text);
  if (url === null || url.username !== '' || url.search !== '' || url.hash !== '') return false;
  if (LOOPBACK.test(url.hostname)) return LOOPBACK.test(new URL(base).hostname);
  return url.protocol === 'https:';
}
