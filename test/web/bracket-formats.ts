/** Runs in the page: what is written by the language of the page stands in brackets, what is by another does not. */
export function bracketFormats(): void {
  const isPseudo = (locale: unknown) => typeof locale === 'string' && locale.startsWith('de');
  for (const format of [Intl.NumberFormat, Intl.DateTimeFormat]) {
    const plain = Object.getOwnPropertyDescriptor(format.prototype, 'format');
    Object.defineProperty(format.prototype, 'format', {
      get(this: Intl.NumberFormat) {
        const write: (value: number) => string = plain?.get?.call(this);
        return isPseudo(this.resolvedOptions().locale) ? (value: number) => `⟦${write(value)}⟧` : write;
      },
    });
  }
  for (const [prototype, name] of [
    [Date.prototype, 'toLocaleString'],
    [Date.prototype, 'toLocaleDateString'],
    [Date.prototype, 'toLocaleTimeString'],
    [Number.prototype, 'toLocaleString'],
    [BigInt.prototype, 'toLocaleString'],
  ] as const) {
    const plain: (...asked: unknown[]) => string = Reflect.get(prototype, name);
    Reflect.set(prototype, name, function (this: unknown, ...asked: unknown[]) {
      const written = Reflect.apply(plain, this, asked);
      return isPseudo(asked[0]) ? `⟦${written}⟧` : written;
    });
  }
}
