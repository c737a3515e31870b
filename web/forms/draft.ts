import {
  inputsByGroup,
  variantOf,
  type InputContract,
  type JobContract,
  type JobRequest,
  type KindContract,
  type KindVariant,
  type ParamContract,
} from '../../src/protocol/index.ts';
import type { JobWish } from '../engine/contract.ts';

/** How the data of one input is meant. */
export type InputType = JobWish['inputs'][number]['type'];

const INPUT_TYPES: readonly InputType[] = ['text', 'url', 'event', 'job'];

/** One input as it is being written. */
export interface DraftInput {
  readonly type: InputType;
  readonly data: string;
}

/** A job as it is being written; inputs and files by the group of the contract that they belong to. */
export interface JobDraft {
  /** `null` for the kind's own meaning. */
  readonly variant: string | null;
  readonly inputs: readonly (readonly DraftInput[])[];
  readonly files: readonly (readonly File[])[];
  /** By parameter name; what is empty is not sent. */
  readonly params: Readonly<Record<string, readonly string[]>>;
  /** A MIME type, or empty for the usual one. */
  readonly output: string;
}

/** What of a wish a form decides. */
export type WishParts = Pick<JobWish, 'inputs' | 'files' | 'params' | 'outputs'>;

/** What the kind means in this draft. */
export function readingOf(contract: KindContract, variant: string | null): JobContract {
  return contract.variants?.find(({ id }) => id === variant) ?? contract;
}

/** Other meanings that a form can ask for: those that a parameter which it always sends tells from the kind's own. */
export function askableVariants({ variants = [] }: KindContract): readonly KindVariant[] {
  return variants.filter(({ signs, params }) =>
    params.some(({ name, required }) => required && signs.params?.includes(name) === true),
  );
}

/** An empty draft, with these words in the first input that takes them. */
export function emptyDraft(contract: KindContract, words: string, variant: string | null = null): JobDraft {
  const { inputs, params } = readingOf(contract, variant);
  const first = inputs.findIndex((group) => typeFor(group, words) !== null);
  return {
    variant,
    inputs: inputs.map((group, index) => {
      if (index === first && words !== '') return [{ type: typeFor(group, words) ?? 'text', data: words }];
      return group.min > 0 || index === 0 ? [{ type: usualType(group), data: '' }] : [];
    }),
    files: inputs.map(() => []),
    params: Object.fromEntries(params.map((param) => [param.name, param.default ?? []])),
    output: '',
  };
}

/** What an earlier request asked for, to be changed and asked anew; its files are addresses by now. */
export function draftOf(contract: KindContract, request: JobRequest): JobDraft {
  const borne = variantOf(contract, request)?.id;
  const variant = askableVariants(contract).find(({ id }) => id === borne)?.id ?? null;
  const { inputs: groups, params, outputs } = readingOf(contract, variant);
  const empty = emptyDraft(contract, '', variant);
  const placed = inputsByGroup(groups, request);
  const [output = ''] = request.outputs;
  return {
    ...empty,
    inputs: groups.map((group, index) => {
      const written = (placed[index] ?? []).flatMap(({ type, data }) => {
        const known = typesOf(group).find((one) => one === type);
        return known === undefined ? [] : [{ type: known, data }];
      });
      return written.length > 0 ? written : (empty.inputs[index] ?? []);
    }),
    params: Object.fromEntries(
      params.map(({ name, aliases = [], default: usual = [] }) => {
        const said = [name, ...aliases].find((spelling) => request.params.has(spelling));
        return [name, request.params.get(said ?? name) ?? usual];
      }),
    ),
    output: outputs.includes(output) ? output : '',
  };
}

/** The types that a person can fill in for a group. */
export function typesOf(group: InputContract): InputType[] {
  return INPUT_TYPES.filter((type) => group.types === null || group.types.includes(type));
}

/** The type that a field begins with: an address where the kind names that first, else words where it takes them. */
export function usualType(group: InputContract): InputType {
  const types = typesOf(group);
  if (group.types?.[0] === 'url') return 'url';
  return types.includes('text') ? 'text' : (types[0] ?? 'text');
}

function typeFor(group: InputContract, words: string): InputType | null {
  const types = typesOf(group);
  if (/^https?:\/\/\S+$/.test(words) && types.includes('url')) return 'url';
  return types.includes('text') ? 'text' : null;
}

/** What the draft comes to: what is empty is left out, and files say what they are where the kind asks for it. */
export function wishPartsOf(contract: KindContract, draft: JobDraft): WishParts {
  const { inputs, params } = readingOf(contract, draft.variant);
  return {
    inputs: inputs.flatMap((group, index) =>
      (draft.inputs[index] ?? [])
        .filter(({ data }) => data.trim() !== '')
        .map(({ type, data }) => ({
          type,
          data: type === 'text' ? data : data.trim(),
          ...markerOf(group, null),
        })),
    ),
    files: inputs.flatMap((group, index) =>
      (draft.files[index] ?? []).map((file) => ({ blob: file, ...markerOf(group, file) })),
    ),
    params: Object.fromEntries(
      params
        .map((param): [string, readonly string[]] => [param.name, filledIn(param, draft)])
        .filter(([, values]) => values.length > 0),
    ),
    outputs: draft.output === '' ? [] : [draft.output],
  };
}

function markerOf(group: InputContract, file: File | null): { readonly marker?: string } {
  if (group.role !== undefined) return { marker: group.role };
  return group.marker !== null && file !== null && file.type !== '' ? { marker: file.type } : {};
}

/** The values that are sent: none where nothing is filled in or only what is meant anyway. */
function filledIn(param: ParamContract, draft: JobDraft): readonly string[] {
  const values = (draft.params[param.name] ?? [])
    .map((value) => value.trim())
    .filter((value) => value !== '');
  const usual = param.default ?? [];
  const isUsual = values.length === usual.length && values.every((value, index) => value === usual[index]);
  return isUsual ? [] : values;
}
