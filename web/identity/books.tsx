import { Button } from '@mantine/core';
import { useRef, useState } from 'react';
import { Fault, Notice, Panel, useCall } from '../app/index.ts';
import { BooksPassword } from './books-password.tsx';
import { download } from './download.ts';
import { useIdentityText } from './strings.en.ts';
import css from './identity.module.css';

/** A copy of what was bought and sold here, out of this browser or into an empty one, where it goes on. */
export function Books() {
  const text = useIdentityText();
  const save = useCall('books.export');
  const load = useCall('books.import');
  const file = useRef<HTMLInputElement>(null);
  const [asks, setAsks] = useState<'save' | { readonly json: string } | null>(null);
  const [isLoaded, setLoaded] = useState(false);
  const saveCopy = async (password: string | null) => {
    const saved = await save.ask({ password });
    const needsPassword = saved?.ok === false && saved.failure.code === 'password-needed';
    setAsks(needsPassword ? 'save' : null);
    if (saved?.ok === true) download(text('books-file'), saved.value, 'application/json');
  };
  const loadCopy = async (json: string, password: string | null) => {
    const loaded = await load.ask({ json, password });
    const needsPassword = loaded?.ok === false && PASSWORD_CODES.has(loaded.failure.code);
    setAsks(needsPassword ? { json } : null);
    setLoaded(loaded?.ok === true);
  };
  return (
    <Panel title={text('books-title')}>
      <p className={css['hint']}>{text('books-about')}</p>
      <div className={css['row']}>
        <Button variant="default" loading={save.askedAt !== null} onClick={() => void saveCopy(null)}>
          {text('books-save')}
        </Button>
        <Button variant="default" loading={load.askedAt !== null} onClick={() => file.current?.click()}>
          {text('books-load')}
        </Button>
        <input
          ref={file}
          type="file"
          hidden
          accept="application/json"
          aria-label={text('books-load')}
          onChange={(event) => {
            const { files } = event.currentTarget;
            void files?.[0]?.text().then((json) => loadCopy(json, null));
          }}
        />
      </div>
      {isLoaded && <Notice tone="good">{text('books-loaded')}</Notice>}
      {asks === null && save.failure !== null && <Fault failure={save.failure} />}
      {asks === null && load.failure !== null && <Fault failure={load.failure} />}
      {asks === 'save' && (
        <BooksPassword
          isNew
          isBusy={save.askedAt !== null}
          onClose={() => setAsks(null)}
          onPassword={(password) => void saveCopy(password)}
        />
      )}
      {asks !== null && asks !== 'save' && (
        <BooksPassword
          isWrong={load.failure?.code === 'key-password-wrong'}
          isBusy={load.askedAt !== null}
          onClose={() => setAsks(null)}
          onPassword={(password) => void loadCopy(asks.json, password)}
        />
      )}
    </Panel>
  );
}

/** Failures after which the password is asked for, or asked for again. */
const PASSWORD_CODES: ReadonlySet<string> = new Set(['password-needed', 'key-password-wrong']);
