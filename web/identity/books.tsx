import { Button } from '@mantine/core';
import { useRef, useState } from 'react';
import { Fault, Notice, Panel, useCall } from '../app/index.ts';
import { download } from './download.ts';
import { useIdentityText } from './strings.en.ts';
import css from './identity.module.css';

/** A copy of what was bought here, out of this browser or into an empty one. */
export function Books() {
  const text = useIdentityText();
  const save = useCall('books.export');
  const load = useCall('books.import');
  const file = useRef<HTMLInputElement>(null);
  const [isLoaded, setLoaded] = useState(false);
  const saveCopy = async () => {
    const saved = await save.ask(null);
    if (saved?.ok === true) download(text('books-file'), saved.value, 'application/json');
  };
  const loadCopy = async (chosen: File | undefined) => {
    if (chosen === undefined) return;
    const loaded = await load.ask({ json: await chosen.text() });
    setLoaded(loaded?.ok === true);
  };
  return (
    <Panel title={text('books-title')}>
      <p className={css['hint']}>{text('books-about')}</p>
      <div className={css['row']}>
        <Button variant="default" loading={save.askedAt !== null} onClick={() => void saveCopy()}>
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
          onChange={(event) => void loadCopy(event.currentTarget.files?.[0])}
        />
      </div>
      {isLoaded && <Notice tone="good">{text('books-loaded')}</Notice>}
      {save.failure !== null && <Fault failure={save.failure} />}
      {load.failure !== null && <Fault failure={load.failure} />}
    </Panel>
  );
}
