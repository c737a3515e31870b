import { NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { WordButton } from '../app/index.ts';
import type { InputContract } from '../../src/protocol/index.ts';
import { typesOf, usualType, type DraftInput, type InputType } from './draft.ts';
import { droppedFiles, FileDrop } from './file-drop.tsx';
import { useFormsText } from './strings.en.ts';
import { Voice } from './voice.tsx';
import css from './forms.module.css';

/** Text files up to this size are read into the request itself. */
const MAX_READ_IN_BYTES = 60_000;

/** One group of inputs of a kind: each with its type, and files where addresses are taken. */
export function InputField({
  group,
  field,
  speakable,
  encrypted,
  inputs,
  files,
  problem,
  onInputs,
  onFiles,
}: {
  readonly group: InputContract;
  readonly field: string;
  /** A recording makes sense here. */
  readonly speakable: boolean;
  /** Files are encrypted before they are stored. */
  readonly encrypted: boolean;
  readonly inputs: readonly DraftInput[];
  readonly files: readonly File[];
  readonly problem: string | null;
  readonly onInputs: (inputs: readonly DraftInput[]) => void;
  readonly onFiles: (files: readonly File[]) => void;
}) {
  const text = useFormsText();
  const types = typesOf(group);
  const room = group.max === null || inputs.length + files.length < group.max;
  const change = (index: number, changed: DraftInput) =>
    onInputs(inputs.map((input, at) => (at === index ? changed : input)));
  return (
    <fieldset className={css['group']} id={field} tabIndex={-1}>
      <legend>
        {group.description} {group.min === 0 && <span className={css['optional']}>{text('optional')}</span>}
      </legend>
      {inputs.map((input, index) => (
        <div key={index} className={css['input']}>
          {types.length > 1 && (
            <NativeSelect
              aria-label={text('input-type')}
              size="xs"
              value={input.type}
              data={types.map((type) => ({ value: type, label: text(`type-${type}`) }))}
              onChange={(event) => {
                const type = types.find((one) => one === event.currentTarget.value);
                if (type !== undefined) change(index, { ...input, type });
              }}
            />
          )}
          <DataField
            input={input}
            label={group.description}
            invalid={problem !== null}
            onData={(data) => change(index, { ...input, data })}
          />
          {index >= Math.max(1, group.min) && (
            <WordButton onClick={() => onInputs(inputs.filter((_, at) => at !== index))}>
              {text('remove')}
            </WordButton>
          )}
        </div>
      ))}
      {types.includes('url') && (
        <FileDrop files={files} encrypted={encrypted} onFiles={onFiles}>
          {speakable && <Voice onRecorded={(file) => onFiles([...files, file])} />}
        </FileDrop>
      )}
      {room && (inputs.length === 0 || group.max === null || group.max > 1) && (
        <WordButton onClick={() => onInputs([...inputs, { type: usualType(group), data: '' }])}>
          {text(inputs.length === 0 ? 'add-first' : 'add-another')}
        </WordButton>
      )}
      {problem !== null && <p className={css['problem']}>{problem}</p>}
    </fieldset>
  );
}

function DataField({
  input,
  label,
  invalid,
  onData,
}: {
  readonly input: DraftInput;
  readonly label: string;
  readonly invalid: boolean;
  readonly onData: (data: string) => void;
}) {
  const text = useFormsText();
  const [tooLarge, setTooLarge] = useState<string | null>(null);
  if (input.type !== 'text')
    return (
      <TextInput
        aria-label={label}
        placeholder={text(placeholderOf(input.type))}
        value={input.data}
        error={invalid}
        inputMode={input.type === 'url' ? 'url' : 'text'}
        spellCheck={false}
        onChange={(event) => onData(event.currentTarget.value)}
      />
    );
  const readIn = async (file: File | undefined) => {
    if (file === undefined) return;
    if (file.size > MAX_READ_IN_BYTES) return setTooLarge(file.name);
    setTooLarge(null);
    onData(await file.text());
  };
  return (
    <>
      <Textarea
        aria-label={label}
        placeholder={text('data-text')}
        rows={Math.min(14, Math.max(4, input.data.split('\n', 15).length))}
        value={input.data}
        error={invalid}
        onChange={(event) => onData(event.currentTarget.value)}
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          const [file] = droppedFiles(event);
          if (file === undefined) return;
          event.preventDefault();
          void readIn(file);
        }}
      />
      {tooLarge !== null && (
        <p role="alert" className={css['problem']}>
          {text('text-file-too-large', { name: tooLarge.slice(0, 80) })}
        </p>
      )}
    </>
  );
}

function placeholderOf(type: Exclude<InputType, 'text'>): 'data-url' | 'data-event' | 'data-job' {
  return `data-${type}`;
}
