/**
 * The package's own types demand a browser's document where the sources give linkedom's. They meet only here, where
 * one program has the types of Node and of a browser.
 */
export class Readability<Content> {
  constructor(document: unknown, options: { readonly serializer: (node: Content) => Content });
  parse(): { readonly title?: string; readonly content?: Content; readonly length?: number } | null;
}
