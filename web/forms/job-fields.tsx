import { NativeSelect } from '@mantine/core';
import type { AnnouncedParam, KindContract, ParamContract } from '../../src/protocol/index.ts';
import type { Problem } from './check-draft.ts';
import { askableVariants, emptyDraft, readingOf, type JobDraft } from './draft.ts';
import { InputField } from './input-field.tsx';
import { ParamField } from './param-field.tsx';
import { useFormsText } from './strings.en.ts';
import css from './forms.module.css';

/** With more settings than this, those that may be left out are folded away. */
const MOST_SHOWN = 3;

/** Categories of kinds that work on sound. */
const SPEAKABLE: ReadonlySet<string> = new Set(['text', 'media']);

/** The fields of a job as its kind's contract describes them. */
export function JobFields({
  contract,
  announced,
  encrypted,
  draft,
  problems,
  onDraft,
}: {
  readonly contract: KindContract;
  /** Parameters as the chosen provider announces them. Untrusted. */
  readonly announced: ReadonlyMap<string, AnnouncedParam>;
  /** Files are encrypted before they are stored. */
  readonly encrypted: boolean;
  readonly draft: JobDraft;
  readonly problems: readonly Problem[];
  readonly onDraft: (draft: JobDraft) => void;
}) {
  const text = useFormsText();
  const reading = readingOf(contract, draft.variant);
  const variants = askableVariants(contract);
  const problemOf = (field: string) => {
    const problem = problems.find((one) => one.field === field);
    return problem === undefined ? null : text(`problem-${problem.code}`, problem.values);
  };
  const paramField = (param: ParamContract) => (
    <ParamField
      key={param.name}
      param={param}
      values={draft.params[param.name] ?? []}
      proposed={announced.get(param.name)?.values ?? []}
      problem={problemOf(`param-${param.name}`)}
      onValues={(values) => onDraft({ ...draft, params: { ...draft.params, [param.name]: values } })}
    />
  );
  const needed = reading.params.filter(({ required, expected }) => required || expected === true);
  const rest = reading.params.filter((param) => !needed.includes(param));
  const folded = rest.length > MOST_SHOWN;
  const foldedProblem = folded && rest.some(({ name }) => problemOf(`param-${name}`) !== null);
  const foldedWords = folded && rest.some((param) => isChanged(param, draft.params[param.name] ?? []));
  return (
    <div className={css['fields']}>
      {variants.length > 0 && (
        <NativeSelect
          label={text('meaning')}
          value={draft.variant ?? ''}
          data={[
            { value: '', label: contract.name },
            ...variants.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChange={(event) => onDraft(emptyDraft(contract, '', event.currentTarget.value || null))}
        />
      )}
      {reading.inputs.map((group, index) => (
        <InputField
          key={index}
          group={group}
          field={`input-${index}`}
          speakable={SPEAKABLE.has(contract.category)}
          encrypted={encrypted}
          inputs={draft.inputs[index] ?? []}
          files={draft.files[index] ?? []}
          problem={problemOf(`input-${index}`)}
          onInputs={(inputs) => onDraft({ ...draft, inputs: replaced(draft.inputs, index, inputs) })}
          onFiles={(files) => onDraft({ ...draft, files: replaced(draft.files, index, files) })}
        />
      ))}
      {needed.map(paramField)}
      {!folded && rest.map(paramField)}
      {reading.outputs.length > 1 && (
        <NativeSelect
          label={text('output')}
          value={draft.output}
          data={[
            { value: '', label: text('output-usual', { usual: reading.outputs[0] }) },
            ...reading.outputs,
          ]}
          onChange={(event) => onDraft({ ...draft, output: event.currentTarget.value })}
        />
      )}
      {folded && (
        <details className={css['more']} open={foldedProblem || foldedWords || undefined}>
          <summary>{text('more-settings', { count: rest.length })}</summary>
          <div className={css['fields']}>{rest.map(paramField)}</div>
        </details>
      )}
    </div>
  );
}

function isChanged({ default: usual = [] }: ParamContract, values: readonly string[]): boolean {
  return values.join('\n') !== usual.join('\n');
}

function replaced<Item>(items: readonly Item[], at: number, item: Item): readonly Item[] {
  return items.map((one, index) => (index === at ? item : one));
}
