import { lazy, Suspense, useState, type ComponentType } from 'react';
import { LongText } from './long-text.tsx';
import css from './results.module.css';

type Renderer = ComponentType<{ readonly children: string }>;

let loaded: Renderer | null = null;

/** Loads what formats Markdown; it is a good part of all the program there is, and most results do without. */
export async function loadMarkdown(): Promise<{ readonly default: Renderer }> {
  const { RenderedMarkdown } = await import('./markdown.tsx');
  loaded = RenderedMarkdown;
  return { default: RenderedMarkdown };
}

/** Whether it is there: then formatted text stands there at once. */
export function isMarkdownLoaded(): boolean {
  return loaded !== null;
}

const Later = lazy(loadMarkdown);

/** Markdown, formatted; as it was written, in the same measure, until what formats it is loaded. */
export function Formatted({ children }: { readonly children: string }) {
  const [Rendered] = useState(() => loaded ?? Later);
  return (
    <Suspense
      fallback={
        <div className={css['markdown']}>
          <LongText>{children}</LongText>
        </div>
      }
    >
      <Rendered>{children}</Rendered>
    </Suspense>
  );
}
