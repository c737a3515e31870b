/** The name under which people know a mint. */
export function hostOf(url: string): string {
  return URL.parse(url)?.host ?? url;
}
