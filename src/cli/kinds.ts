import type { Command } from 'commander';
import {
  jobTypesOf,
  KIND_CONTRACTS,
  kindContract,
  kindJsonSchema,
  success,
  type InputContract,
  type JobContract,
  type KindContract,
  type Outcome,
  type ParamContract,
  type VariantSigns,
} from '../protocol/index.ts';
import type { CommandRunner } from './command-runner.ts';
import { wholeNumber } from './option-values.ts';
import type { Output } from './output.ts';

const LEGEND = '! required, ? should be given; `coinop kind <kind>` tells more';

/** What fits into a line of the table. */
const LISTED_PARAMS = 4;

/** Adds `coinop kinds` and `coinop kind`. */
export function addKindCommands(program: Command, { run }: CommandRunner): void {
  program
    .command('kinds')
    .description('list the kinds of jobs that are known')
    .action(() => run(async (output) => listKinds(output)));

  program
    .command('kind')
    .description('show what jobs of one kind take and give')
    .argument('<kind>', 'job kind, such as 5001', wholeNumber(5000, 5999))
    .option('--schema', 'print the JSON Schema of its requests', false)
    .action((kind: number, flags: { schema: boolean }) =>
      run(async (output) => showKind(kind, flags, output)),
    );
}

/** `coinop kinds`: every job kind that coinop knows, one line each. */
export function listKinds(output: Output): Outcome<void> {
  output.rows(
    ['kind', 'name', 'status', 'inputs', 'params'],
    KIND_CONTRACTS.map((contract) => (output.json ? { ...contract } : kindLine(contract))),
  );
  if (!output.json) output.note(LEGEND);
  return success(undefined);
}

/** `coinop kind`: all that is known of one kind, or its JSON Schema. */
export function showKind(kind: number, flags: { readonly schema: boolean }, output: Output): Outcome<void> {
  const contract = kindContract(kind);
  const [jobType] = jobTypesOf(kind);
  if (flags.schema) {
    const indent = output.json ? undefined : 2;
    output.data(JSON.stringify(kindJsonSchema(contract), null, indent));
  } else if (output.json) {
    output.facts({ ...contract, resultKind: kind + 1000, ...(jobType && { firstDraftType: jobType }) });
  } else {
    const { name, status, source, category, about } = contract;
    const inDraft = jobType && { 'first draft': `job type ${jobType}` };
    output.facts({ kind, name, status, source, category, about, result: `kind ${kind + 1000}`, ...inDraft });
    printJob(contract, output);
    for (const variant of contract.variants ?? []) {
      output.data('');
      output.facts({
        variant: variant.id,
        name: variant.name,
        status: variant.status,
        source: variant.source,
        about: variant.about,
        'told by': signWords(variant.signs),
      });
      printJob(variant, output);
    }
  }
  return success(undefined);
}

function kindLine({ kind, name, status, inputs, params, variants = [] }: KindContract) {
  const named = params.slice(0, LISTED_PARAMS).map(paramName);
  const more = params.length - named.length;
  return {
    kind,
    name: variants.length > 0 ? `${name} (also ${variants.map(({ id }) => id).join(', ')})` : name,
    status,
    inputs: inputs.map(inputWords).join(', '),
    params: [...named, ...(more > 0 ? [`${more} more`] : [])].join(', '),
  };
}

function printJob({ inputs, params, outputs }: JobContract, output: Output): void {
  if (outputs.length > 0) output.facts({ outputs: outputs.join(', ') });
  if (inputs.length > 0)
    output.rows(
      ['input', 'marker', 'meaning'],
      inputs.map((input) => ({
        input: inputWords(input),
        marker: input.role ?? input.marker,
        meaning: input.description,
      })),
    );
  if (params.length > 0)
    output.rows(
      ['param', 'values', 'default', 'meaning'],
      params.map((param) => ({
        param: [paramName(param), ...(param.aliases ?? [])].join(' or '),
        values: valueWords(param),
        default: param.default?.join(' '),
        meaning: param.origin === undefined ? param.description : `${param.description} (${param.origin})`,
      })),
    );
}

/** Such as `1 text`, `0–1 url` or `1+ event|job|text`. */
function inputWords({ types, min, max }: InputContract): string {
  const upTo = min === max ? `${min}` : `${min}–${max}`;
  return `${max === null ? `${min}+` : upTo} ${types?.join('|') ?? 'any'}`;
}

/** Required parameters carry an exclamation mark, expected ones a question mark. */
function paramName({ name, required, expected }: ParamContract): string {
  if (required) return `${name}!`;
  return expected === true ? `${name}?` : name;
}

function valueWords({
  arity,
  repeatable,
  values,
  suggested,
  valueType,
  min,
  max,
  pattern,
}: ParamContract): string {
  const range = min === undefined && max === undefined ? '' : ` ${min ?? ''}–${max ?? ''}`;
  const known = values?.join(', ') ?? (suggested && `${suggested.join(', ')}, …`);
  const words = known ?? pattern ?? `${valueType ?? 'text'}${range}`;
  if (arity === null || repeatable === true) return `any number of: ${words}`;
  return arity === 1 ? words : `${arity} of: ${words}`;
}

function signWords({ params = [], tags = [], firstInput }: VariantSigns): string {
  return [
    ...(params.length > 0 ? [`parameter ${params.join(', ')}`] : []),
    ...tags.map((tag) => `tag ${JSON.stringify(tag)}`),
    ...(firstInput === undefined ? [] : [`first input like ${firstInput}`]),
  ].join('; ');
}
