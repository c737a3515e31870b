import { Button } from '@mantine/core';
import { useDeferredValue, useMemo, useState } from 'react';
import { Chip, Panel, Untrusted } from '../app/index.ts';
import type { RunResult } from '../engine/contract.ts';
import { ContentView } from './content-view.tsx';
import { FileView, useBlobAddress } from './file-view.tsx';
import { ListActions } from './list-actions.tsx';
import { useResultsText } from './strings.en.ts';
import css from './results.module.css';

/** A result: what it is, what checking it found, and what it proposes to do. */
export function ResultView({ result }: { readonly result: RunResult }) {
  const text = useResultsText();
  const { content, mediaType, file, verdict, actions } = result;
  const showsText = file === null || content.trim() !== '';
  const isWritten = file === null || !/^(image|audio|video)\//.test(mediaType);
  return (
    <Panel title={text('result')} beside={<Keep result={result} />}>
      {file !== null && <Delivered key={result.event.id} file={file} mediaType={mediaType} />}
      {showsText && isWritten && <ContentView content={content} mediaType={mediaType} />}
      {verdict !== null && <Verdict verdict={verdict} />}
      <ListActions actions={actions} />
    </Panel>
  );
}

/** The file as it came first: it is told again with each change of the run, which must not start it over. */
function Delivered({
  file,
  mediaType,
}: {
  readonly file: NonNullable<RunResult['file']>;
  readonly mediaType: string;
}) {
  const [{ blob }] = useState(file);
  return <FileView blob={blob} mediaType={blob.type || mediaType} />;
}

const TONES = { verified: 'good', plausible: 'plain', unverifiable: 'plain', wrong: 'bad' } as const;

function Verdict({ verdict }: { readonly verdict: NonNullable<RunResult['verdict']> }) {
  const text = useResultsText();
  const words = text(`verdict-${verdict.verdict}`);
  return (
    <details className={css['verdict']}>
      <summary>
        <Chip tone={TONES[verdict.verdict]}>{words}</Chip>
      </summary>
      <ul>
        {verdict.checks.slice(0, 20).map(({ name, ok, detail }, index) => (
          <li key={index}>
            {ok === null ? '?' : ok ? '✓' : '✗'} <code>{name}</code> <Untrusted max={300}>{detail}</Untrusted>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Ways to keep a result. A saved file is never opened by the page: its type says nothing. */
function Keep({ result }: { readonly result: RunResult }) {
  const text = useResultsText();
  const [copied, setCopied] = useState(false);
  const { content, file } = result;
  // A long text is turned into a file when the rest of the page stands already.
  const written = useDeferredValue<string | null>(content, null);
  const part = file?.blob ?? written;
  const saved = useMemo(
    () => (part === null ? null : new Blob([part], { type: 'application/octet-stream' })),
    [part],
  );
  const address = useBlobAddress(saved);
  const name = (file?.name ?? 'result.txt').replaceAll(/[^\p{L}\p{N}._ -]/gu, '_').slice(0, 80);
  return (
    <span className={css['row']}>
      {file === null && (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => void navigator.clipboard.writeText(content).then(() => setCopied(true))}
        >
          {text(copied ? 'copied' : 'copy')}
        </Button>
      )}
      <Button size="compact-sm" variant="default" component="a" href={address ?? undefined} download={name}>
        {text('download')}
      </Button>
    </span>
  );
}
