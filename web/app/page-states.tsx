import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Page } from './kit/page.tsx';
import { Notice, Wait } from './kit/states.tsx';
import { useAppText } from './strings.en.ts';
import button from './kit/button.module.css';

/** A page that threw: the shell goes on. */
export function PageBroken({ error, reset }: { readonly error: unknown; readonly reset: () => void }) {
  const text = useAppText();
  return (
    <Page title={text('page-broken')}>
      <Notice
        tone="bad"
        title={text('page-broken-about')}
        actions={
          <button type="button" className={button['button']} onClick={reset}>
            {text('reload-page')}
          </button>
        }
      >
        <code>{String(error).slice(0, 300)}</code>
      </Notice>
    </Page>
  );
}

/** An address that names nothing. */
export function PageMissing() {
  const text = useAppText();
  return (
    <Page title={text('not-found')} lead={text('not-found-about')}>
      <p>
        <Link to="/">{text('to-the-market')}</Link>
      </p>
    </Page>
  );
}

/** A page whose program is still on its way. */
export function PageOpening() {
  const text = useAppText();
  const [since] = useState(() => Date.now());
  return <Wait title={text('opening-page')} since={since} usualSeconds={1} />;
}
