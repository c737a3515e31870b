import { NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useKinds } from '../app/index.ts';
import { useSellingText } from './strings.en.ts';

const OTHER = 'other';
/** Stands for a number that is none yet. */
const NO_KIND = 0;

/** The kind of a job from the catalogue, or, where it may be any, by its number; 0 while that is none. */
export function KindField({
  kind,
  among,
  takesOthers,
  onKind,
}: {
  readonly kind: number;
  /** Those of the catalogue that may be chosen. */
  readonly among: (status: string) => boolean;
  readonly takesOthers: boolean;
  readonly onKind: (kind: number) => void;
}) {
  const text = useSellingText();
  const known = useKinds()
    .all()
    .filter(({ status }) => among(status));
  const isKnown = known.some((each) => each.kind === kind);
  const [written, setWritten] = useState(isKnown ? '' : String(kind));
  return (
    <>
      <NativeSelect
        label={text('kind')}
        data={[
          ...known.map((each) => ({ value: String(each.kind), label: `${each.name} (${each.kind})` })),
          ...(takesOthers ? [{ value: OTHER, label: text('kind-other') }] : []),
        ]}
        value={isKnown || !takesOthers ? String(kind) : OTHER}
        onChange={({ currentTarget: { value } }) => {
          setWritten('');
          onKind(value === OTHER ? NO_KIND : Number(value));
        }}
      />
      {takesOthers && !isKnown && (
        <TextInput
          label={text('kind-number')}
          inputMode="numeric"
          maxLength={4}
          value={written}
          error={kind === NO_KIND && text('kind-number-bad')}
          onChange={({ currentTarget: { value } }) => {
            setWritten(value);
            onKind(/^5\d{3}$/.test(value.trim()) ? Number(value) : NO_KIND);
          }}
        />
      )}
    </>
  );
}
