import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Notice } from '../app/index.ts';
import { useWorkText } from './strings.en.ts';

/** Warns while the browser may evict the books, and asks it not to: browsers agree on a click only. */
export function KeepBooks() {
  const text = useWorkText();
  const [kept, setKept] = useState<boolean | null>(null);
  useEffect(() => {
    let shown = true;
    void navigator.storage.persisted().then((persisted) => {
      if (shown) setKept(persisted);
    });
    return () => {
      shown = false;
    };
  }, []);
  if (kept !== false) return null;
  return (
    <Notice
      tone="warn"
      title={text('storage')}
      actions={
        <Button
          size="xs"
          variant="default"
          onClick={() => void navigator.storage.persist().then((persisted) => setKept(persisted))}
        >
          {text('storage-ask')}
        </Button>
      }
    >
      {text('storage-about')}
    </Notice>
  );
}
