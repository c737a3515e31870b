import { Notice } from '../app/index.ts';
import { useIdentityText } from './strings.en.ts';

/** The signer's own page. The address came from outside: only a secure page is ever a link. */
export function ApproveAt({ url }: { readonly url: string }) {
  const text = useIdentityText();
  const page = URL.parse(url);
  if (page?.protocol !== 'https:') return null;
  return (
    <Notice
      tone="warn"
      title={text('approve-title')}
      actions={
        <a href={page.href} target="_blank" rel="noopener noreferrer">
          {text('approve-open', { host: page.host })}
        </a>
      }
    >
      {text('approve-about')}
    </Notice>
  );
}
