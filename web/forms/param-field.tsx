import { NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useId } from 'react';
import type { ParamContract } from '../../src/protocol/index.ts';
import { useKinds } from '../app/index.ts';
import { useFormsText } from './strings.en.ts';
import css from './forms.module.css';

/** One parameter: a choice where its values are known, else something to write, with proposals where there are some. */
export function ParamField({
  param,
  values,
  proposed,
  problem,
  onValues,
}: {
  readonly param: ParamContract;
  readonly values: readonly string[];
  /** What the chosen provider announces for it. Untrusted. */
  readonly proposed: readonly string[];
  readonly problem: string | null;
  readonly onValues: (values: readonly string[]) => void;
}) {
  const text = useFormsText();
  const kinds = useKinds();
  const listId = useId();
  const usual = param.default?.map(kinds.paramValue).join(', ');
  const common = {
    label: kinds.paramName(param.name),
    description:
      usual === undefined
        ? param.description
        : `${param.description} ${text('usual-value', { value: usual })}`,
    error: problem,
    required: param.required,
    withAsterisk: param.required || param.expected === true,
    id: `param-${param.name}`,
  };
  const suggestions = [...new Set([...(param.suggested ?? []), ...proposed])].slice(0, 50);
  if (param.values !== undefined && param.arity === 1 && param.repeatable !== true)
    return (
      <NativeSelect
        {...common}
        value={values[0] ?? ''}
        data={[
          { value: '', label: text('no-choice') },
          ...param.values.map((value) => ({ value, label: kinds.paramValue(value) })),
        ]}
        onChange={(event) => onValues(event.currentTarget.value === '' ? [] : [event.currentTarget.value])}
      />
    );
  if (param.arity === null || param.repeatable === true)
    return (
      <Textarea
        {...common}
        description={`${common.description} ${text('one-per-line')}`}
        rows={3}
        value={values.join('\n')}
        onChange={(event) => onValues(event.currentTarget.value.split('\n').slice(0, 200))}
      />
    );
  const options = suggestions.map((value) => <option key={value} value={value.slice(0, 200)} />);
  if (param.arity === 2)
    return (
      <fieldset className={css['pair']} id={common.id} tabIndex={-1}>
        <legend>{common.label}</legend>
        <p className={css['hint']}>{common.description}</p>
        {([0, 1] as const).map((at) => (
          <TextInput
            key={at}
            aria-label={text(at === 0 ? 'first' : 'second', { name: common.label })}
            value={values[at] ?? ''}
            error={problem !== null}
            inputMode={param.valueType === undefined ? 'text' : 'decimal'}
            onChange={(event) => {
              const written = event.currentTarget.value;
              onValues(at === 0 ? [written, values[1] ?? ''] : [values[0] ?? '', written]);
            }}
          />
        ))}
        {problem !== null && <p className={css['problem']}>{problem}</p>}
      </fieldset>
    );
  return (
    <>
      <TextInput
        {...common}
        value={values[0] ?? ''}
        list={suggestions.length > 0 ? listId : undefined}
        inputMode={
          param.valueType === 'integer' ? 'numeric' : param.valueType === 'number' ? 'decimal' : 'text'
        }
        onChange={(event) => onValues([event.currentTarget.value])}
      />
      {suggestions.length > 0 && <datalist id={listId}>{options}</datalist>}
    </>
  );
}
