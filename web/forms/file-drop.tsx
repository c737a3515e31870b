import { useId, useState, type DragEvent, type ReactNode } from 'react';
import { Icon, WordButton } from '../app/index.ts';
import { useFormsText } from './strings.en.ts';
import css from './forms.module.css';

/** The largest file that is taken; servers take less as a rule, and say so. */
const MAX_FILE_MB = 32;

/** Takes files by drop or by the browser's picker, and shows those that were taken. */
export function FileDrop({
  files,
  encrypted = false,
  onFiles,
  children,
}: {
  readonly files: readonly File[];
  /** They are encrypted before they are stored. */
  readonly encrypted?: boolean;
  readonly onFiles: (files: readonly File[]) => void;
  /** Another way to a file, such as a microphone. */
  readonly children?: ReactNode;
}) {
  const text = useFormsText();
  const pickerId = useId();
  const [over, setOver] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const take = (taken: readonly File[]) => {
    const small = taken.filter(({ size }) => size <= MAX_FILE_MB * 1_000_000);
    setRefused(taken.find((file) => !small.includes(file))?.name ?? null);
    if (small.length > 0) onFiles([...files, ...small]);
  };
  return (
    <div
      className={css['drop']}
      data-over={over}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(droppedFiles(event));
      }}
    >
      <div className={css['dropLine']}>
        <Icon name="file" />
        <span>{text('drop')}</span>
        <label className={css['pick']}>
          <input
            id={pickerId}
            type="file"
            multiple
            className="said"
            onChange={(event) => {
              take([...(event.currentTarget.files ?? [])]);
              event.currentTarget.value = '';
            }}
          />
          {text('choose-file')}
        </label>
        {children}
      </div>
      {refused !== null && (
        <p role="alert" className={css['problem']}>
          {text('file-too-large', { name: refused.slice(0, 80), max: MAX_FILE_MB })}
        </p>
      )}
      {files.length > 0 && (
        <>
          <ul className={css['files']}>
            {files.map((file, index) => (
              <li key={`${file.name}-${index}`}>
                <span>{file.name.slice(0, 80)}</span>
                <span className={css['size']}>{Math.ceil(file.size / 1000)} KB</span>
                <WordButton
                  aria-label={text('remove-file', { name: file.name.slice(0, 80) })}
                  onClick={() => onFiles(files.filter((other) => other !== file))}
                >
                  {text('remove')}
                </WordButton>
              </li>
            ))}
          </ul>
          <p className={css['hint']}>{text(encrypted ? 'file-stored-encrypted' : 'file-stored')}</p>
        </>
      )}
    </div>
  );
}

/** The files of a drop; nothing when words or a link were dropped. */
export function droppedFiles(event: DragEvent): readonly File[] {
  return [...event.dataTransfer.files];
}
