import Markdown from 'react-markdown';
import rehypeSanitize, { defaultSchema } from 'rehype-sanitize';
import remarkGfm from 'remark-gfm';
import { revealHidden } from '../app/index.ts';
import { RemoteMedia } from './remote-media.tsx';
import { SafeLink } from './safe-link.tsx';
import css from './results.module.css';

/** Markdown of strangers: no HTML of theirs, no picture before a click, no address but the web's and Nostr's. */
export function RenderedMarkdown({ children }: { readonly children: string }) {
  return (
    <div className={css['markdown']} dir="auto">
      <Markdown
        remarkPlugins={[remarkGfm]}
        rehypePlugins={[[rehypeSanitize, SCHEMA]]}
        skipHtml
        components={{
          a: ({ href = '', children: words }) => <SafeLink href={href}>{words}</SafeLink>,
          img: ({ src, alt = '' }) =>
            typeof src === 'string' ? <RemoteMedia address={src} sort="image" words={alt} /> : null,
          // The page has its own first and second level.
          h1: ({ children: words }) => <h3>{words}</h3>,
          h2: ({ children: words }) => <h3>{words}</h3>,
          input: ({ checked }) => <span aria-hidden="true">{checked === true ? '☑ ' : '☐ '}</span>,
        }}
      >
        {revealHidden(children)}
      </Markdown>
    </div>
  );
}

/** Ids of footnotes would be ids of this page. */
const SCHEMA = { ...defaultSchema, clobberPrefix: 'result-' };
