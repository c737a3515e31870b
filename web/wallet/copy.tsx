import { Button } from '@mantine/core';
import { useState } from 'react';
import { useEcashText } from './ecash.strings.en.ts';

/** Copies a text, and says so. */
export function Copy({ what, label }: { readonly what: string; readonly label: string }) {
  const text = useEcashText();
  const [copied, setCopied] = useState(false);
  const copy = () =>
    void navigator.clipboard.writeText(what).then(
      () => setCopied(true),
      () => setCopied(false), // the browser does not let it: the text can be selected
    );
  return (
    <Button variant="default" size="xs" onClick={copy}>
      {copied ? text('copied') : label}
    </Button>
  );
}
