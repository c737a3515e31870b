import { Button } from '@mantine/core';
import { useMemo, useState } from 'react';
import { Panel } from '../app/index.ts';
import type { Draft } from '../engine/index.ts';
import { ContentView, useBlobAddress } from '../results/index.ts';
import { useWorkText } from './strings.en.ts';
import css from './workbench.module.css';

/** What was made for a job that ended before it was delivered: it is still the person's. */
export function KeptWork({ draft }: { readonly draft: Draft }) {
  const text = useWorkText();
  const { content, mediaType, file } = draft;
  if (content.trim() === '' && file === null) return null;
  return (
    <Panel title={text('kept-work')}>
      <p className={css['dim']}>{text('kept-work-about')}</p>
      {content.trim() !== '' && (
        <>
          <ContentView content={content} mediaType={mediaType} />
          <div className={css['actions']}>
            <CopyText what={content} />
            <SaveAs part={content} name="work.txt" label={text('save-text')} />
          </div>
        </>
      )}
      {file !== null && (
        <p className={css['fileLine']}>
          {text('write-file-taken', { name: file.name.slice(0, 80) })}{' '}
          <SaveAs part={file.blob} name={file.name} label={text('save-file')} />
        </p>
      )}
    </Panel>
  );
}

/** Copies a text, and says whether that worked: browsers may not let it. */
export function CopyText({ what }: { readonly what: string }) {
  const text = useWorkText();
  const [state, setState] = useState<'copy' | 'copied' | 'copy-failed'>('copy');
  const copy = () =>
    void navigator.clipboard.writeText(what).then(
      () => setState('copied'),
      () => setState('copy-failed'),
    );
  return (
    <Button size="xs" variant="default" onClick={copy}>
      {text(state)}
    </Button>
  );
}

/** The page never opens what is saved: its type says nothing then. */
function SaveAs({
  part,
  name,
  label,
}: {
  readonly part: string | Blob;
  readonly name: string;
  readonly label: string;
}) {
  const plain = useMemo(() => new Blob([part], { type: 'application/octet-stream' }), [part]);
  const address = useBlobAddress(plain);
  const safe = name.replaceAll(/[^\p{L}\p{N}._ -]/gu, '_').slice(0, 80);
  return (
    <Button size="xs" variant="default" component="a" href={address ?? undefined} download={safe}>
      {label}
    </Button>
  );
}
