import { Button } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { Duration, Icon, useNow } from '../app/index.ts';
import { useFormsText } from './strings.en.ts';
import css from './forms.module.css';

/** A recording ends by itself after this long. */
const MAX_RECORDING_MS = 15 * 60_000;

/** Speaks into a form: records from the microphone and hands over the file. */
export function Voice({ onRecorded }: { readonly onRecorded: (file: File) => void }) {
  const text = useFormsText();
  const recorder = useRef<MediaRecorder | null>(null);
  const [since, setSince] = useState<number | null>(null);
  const [trouble, setTrouble] = useState<'record-denied' | 'record-impossible' | null>(null);
  const now = useNow(1000, since !== null);
  useEffect(() => () => stop(recorder.current), []);

  const start = async () => {
    setTrouble(null);
    if (!('MediaRecorder' in globalThis) || navigator.mediaDevices === undefined)
      return setTrouble('record-impossible');
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const begun = new MediaRecorder(stream);
      const parts: Blob[] = [];
      const limit = setTimeout(() => stop(begun), MAX_RECORDING_MS);
      begun.addEventListener('dataavailable', ({ data }) => parts.push(data));
      begun.addEventListener('stop', () => {
        clearTimeout(limit);
        for (const track of stream.getTracks()) track.stop();
        setSince(null);
        const type = begun.mimeType.split(';')[0] ?? 'audio/webm';
        const name = `${text('recorded-name')}.${type.split('/')[1] ?? 'webm'}`;
        onRecorded(new File(parts, name, { type }));
      });
      recorder.current = begun;
      begun.start();
      setSince(Date.now());
    } catch (refused) {
      const denied = refused instanceof DOMException && refused.name === 'NotAllowedError';
      setTrouble(denied ? 'record-denied' : 'record-impossible');
    }
  };

  return (
    <span className={css['voice']}>
      {since === null ? (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<Icon name="microphone" />}
          onClick={() => void start()}
        >
          {text('record')}
        </Button>
      ) : (
        <Button size="compact-sm" color="red" onClick={() => stop(recorder.current)}>
          {text('record-stop')}
        </Button>
      )}
      {since !== null && (
        <span className={css['recording']} role="status">
          <span>{text('recording')}</span>{' '}
          <span aria-hidden="true">
            <Duration seconds={(now - since) / 1000} />
          </span>
        </span>
      )}
      {trouble !== null && <span role="alert">{text(trouble)}</span>}
    </span>
  );
}

function stop(recorder: MediaRecorder | null): void {
  if (recorder !== null && recorder.state !== 'inactive') recorder.stop();
}
