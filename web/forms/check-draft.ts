import type { InputContract, KindContract, ParamContract } from '../../src/protocol/index.ts';
import { readingOf, type DraftInput, type JobDraft } from './draft.ts';

/** What is wrong with a field; `values` go into the sentence. */
export interface Problem {
  /** `input-0`, `param-language`: which field it is about. */
  readonly field: string;
  readonly code:
    | 'input-missing'
    | 'too-many'
    | 'not-a-url'
    | 'not-an-id'
    | 'not-json'
    | 'too-long'
    | 'param-missing'
    | 'not-a-choice'
    | 'not-a-number'
    | 'not-whole'
    | 'out-of-range'
    | 'pattern'
    | 'count';
  readonly values: Readonly<Record<string, string | number>>;
}

/** Everything about a draft that its kind would refuse, in the order of the fields. */
export function checkDraft(contract: KindContract, draft: JobDraft): Problem[] {
  const { inputs, params } = readingOf(contract, draft.variant);
  return [
    ...inputs.flatMap((group, index) =>
      inputProblems(group, `input-${index}`, draft.inputs[index] ?? [], draft.files[index]?.length ?? 0),
    ),
    ...params.flatMap((param) => paramProblems(param, draft.params[param.name] ?? [])),
  ];
}

function inputProblems(
  group: InputContract,
  field: string,
  written: readonly DraftInput[],
  files: number,
): Problem[] {
  const filled = written.filter(({ data }) => data.trim() !== '');
  const count = filled.length + files;
  if (count < group.min) return [{ field, code: 'input-missing', values: { count: group.min } }];
  if (group.max !== null && count > group.max)
    return [{ field, code: 'too-many', values: { count: group.max } }];
  return filled.flatMap((input): Problem[] => {
    const code = inputProblem(group, input);
    return code === null ? [] : [{ field, code, values: { max: group.maxBytes ?? 0 } }];
  });
}

function inputProblem(group: InputContract, { type, data }: DraftInput): Problem['code'] | null {
  if (type === 'url' && !/^https?:\/\/[^\s/]+\S*$/.test(data.trim())) return 'not-a-url';
  if (type === 'event' || type === 'job') return /^[0-9a-f]{64}$/.test(data.trim()) ? null : 'not-an-id';
  if (group.json === true && !isJson(data)) return 'not-json';
  const tooLong = group.maxBytes !== undefined && new TextEncoder().encode(data).length > group.maxBytes;
  return tooLong ? 'too-long' : null;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function paramProblems(param: ParamContract, written: readonly string[]): Problem[] {
  const field = `param-${param.name}`;
  const values = written.map((value) => value.trim()).filter((value) => value !== '');
  if (values.length === 0) return param.required ? [{ field, code: 'param-missing', values: {} }] : [];
  const adds = param.arity === null || param.repeatable === true;
  const fits = adds ? values.length % (param.arity ?? 1) === 0 : values.length === param.arity;
  if (!fits) return [{ field, code: 'count', values: { count: param.arity ?? 1 } }];
  return values.flatMap((value): Problem[] => {
    const code = valueProblem(param, value);
    if (code === null) return [];
    const choices = param.values?.join(', ') ?? '';
    return [{ field, code, values: { min: param.min ?? '…', max: param.max ?? '…', choices } }];
  });
}

function valueProblem(param: ParamContract, value: string): Problem['code'] | null {
  const { valueType, min = -Infinity, max = Infinity, pattern, values: choices } = param;
  if (choices !== undefined && !choices.includes(value)) return 'not-a-choice';
  if (valueType !== undefined) {
    if (!/^-?\d{1,15}(\.\d{1,15})?$/.test(value)) return 'not-a-number';
    if (valueType === 'integer' && value.includes('.')) return 'not-whole';
    if (Number(value) < min || Number(value) > max) return 'out-of-range';
  }
  return pattern !== undefined && !new RegExp(pattern, 'u').test(value) ? 'pattern' : null;
}
