import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Notice } from '../app/index.ts';
import { useStorageText } from './strings.en.ts';
import { useStorage } from './use-storage.ts';

/** Warns while the browser may evict what it alone keeps, and asks it not to. */
export function KeepBooks({ what }: { readonly what: 'work' | 'purchases' | 'ecash' | 'key' }) {
  const text = useStorageText();
  const { isKept, ask } = useStorage();
  const [isRefused, setIsRefused] = useState(false);
  if (isKept !== false) return null;
  return (
    <Notice
      tone="warn"
      title={text('title')}
      actions={
        <>
          <Button size="xs" variant="default" onClick={() => void ask().then((kept) => setIsRefused(!kept))}>
            {text('ask')}
          </Button>
          {isRefused && what !== 'key' && <Link to="/you">{text('to-copy')}</Link>}
        </>
      }
    >
      {text(isRefused ? 'refused' : `about-${what}`)}
    </Notice>
  );
}
