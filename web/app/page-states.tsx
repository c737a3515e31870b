import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { ShellButton } from './kit/button.tsx';
import { Page } from './kit/page.tsx';
import { Notice, Wait } from './kit/states.tsx';
import { useAppText } from './strings.en.ts';

/** How browsers and the bundler say that a part of the program could not be fetched. */
const UNLOADED = /preload CSS|dynamically imported module|module script failed/i;

/** A page that threw, or whose program did not come: the shell goes on. */
export function PageBroken({ error, reset }: { readonly error: unknown; readonly reset: () => void }) {
  const text = useAppText();
  if (UNLOADED.test(String(error)))
    return (
      <Page title={text('page-unloaded')}>
        <Notice
          tone="warn"
          title={text('page-unloaded-about')}
          actions={<ShellButton onClick={() => location.reload()}>{text('reload-page')}</ShellButton>}
        />
      </Page>
    );
  return (
    <Page title={text('page-broken')}>
      <Notice
        tone="bad"
        title={text('page-broken-about')}
        actions={<ShellButton onClick={reset}>{text('reload-page')}</ShellButton>}
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
