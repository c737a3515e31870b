import { Button } from '@mantine/core';
import { useState } from 'react';
import { useIdentityText } from './strings.en.ts';
import css from './identity.module.css';

/** Copies a text, and says whether that worked. */
export function CopyButton({
  what,
  label,
  onCopied,
}: {
  readonly what: string;
  readonly label: string;
  readonly onCopied?: () => void;
}) {
  const text = useIdentityText();
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(what);
      setState('copied');
      onCopied?.();
    } catch {
      setState('failed');
    }
  };
  return (
    <>
      <Button variant="default" onClick={() => void copy()}>
        {state === 'copied' ? text('copied') : label}
      </Button>
      {state === 'failed' && (
        <span className={css['hint']} role="status">
          {text('copy-failed')}
        </span>
      )}
    </>
  );
}
