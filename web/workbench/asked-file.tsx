import { Button } from '@mantine/core';
import { useMemo, useState } from 'react';
import { Fault, Untrusted, useCall } from '../app/index.ts';
import type { AskedFile as AskedFileFacts } from '../engine/index.ts';
import { FileView, useBlobAddress } from '../results/index.ts';
import { useWorkText } from './strings.en.ts';
import css from './workbench.module.css';

/** A file that the job comes with: fetched on a click, shown where that is safe, and saved under a plain name. */
export function AskedFile(props: {
  readonly requestId: string;
  readonly url: string;
  readonly file: AskedFileFacts;
}) {
  const { requestId, url, file } = props;
  const text = useWorkText();
  const opening = useCall('work.open-file');
  const [opened, setOpened] = useState<Blob | null>(null);
  const open = async () => {
    const answer = await opening.ask({ requestId, url });
    if (answer?.ok === true) setOpened(answer.value);
  };
  return (
    <div className={css['file']}>
      <p className={css['dim']}>
        {text(file.encrypted ? 'file-locked' : 'file-open')}{' '}
        {file.mediaType !== null && <Untrusted max={60}>{file.mediaType}</Untrusted>}{' '}
        {file.sizeBytes !== null && text('file-size', { size: Math.ceil(file.sizeBytes / 1000) })}
      </p>
      {opened === null ? (
        <Button variant="default" loading={opening.askedAt !== null} onClick={() => void open()}>
          {text('open-file')}
        </Button>
      ) : (
        <OpenFile blob={opened} />
      )}
      {opening.failure !== null && <Fault failure={opening.failure} />}
    </div>
  );
}

/** The page never opens what is saved: its type says nothing then. */
function OpenFile({ blob }: { readonly blob: Blob }) {
  const text = useWorkText();
  const plain = useMemo(() => new Blob([blob], { type: 'application/octet-stream' }), [blob]);
  const address = useBlobAddress(plain);
  return (
    <>
      <FileView blob={blob} mediaType={blob.type} />
      {address !== null && (
        <Button variant="default" component="a" href={address} download="file">
          {text('save-file')}
        </Button>
      )}
    </>
  );
}
