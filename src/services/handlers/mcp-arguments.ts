import type { Tool } from '@modelcontextprotocol/client';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/client/validators/ajv';
import type { ParamContract } from '../../protocol/index.ts';
import { JobFailure, type JobContext } from '../../provider/index.ts';
import { parseJson } from './handler-message.ts';

type Schema = Readonly<Record<string, unknown>>;

/** The arguments of a tool as parameters of a job. They are asked for, but may also come as JSON in the input. */
export function toolParams({ inputSchema }: Tool): readonly ParamContract[] {
  const required = inputSchema.required ?? [];
  return Object.entries(inputSchema.properties ?? {}).map(([name, property]) => {
    const schema = asSchema(property);
    const type = typeOf(schema);
    const values = type === 'boolean' ? ['true', 'false'] : stringsIn(schema['enum']);
    return {
      name,
      description: typeof schema['description'] === 'string' ? schema['description'] : '',
      required: false,
      ...(required.includes(name) ? { expected: true } : {}),
      arity: type === 'array' ? null : 1,
      ...(values === null ? {} : { values }),
      ...(type === 'integer' || type === 'number' ? { valueType: type } : {}),
      ...bound('min', schema['minimum']),
      ...bound('max', schema['maximum']),
    };
  });
}

/**
 * The arguments that a job gives to a tool: those in its input where that is a JSON object, then those among its
 * parameters, read as the types that the schema says. Plain text is the argument where the tool needs one text only
 * and it is not given yet. Throws `JobFailure` with `invalid-params`, which says what the schema does not allow.
 */
export function toolArguments(tool: Tool, job: JobContext): Readonly<Record<string, unknown>> {
  const properties = tool.inputSchema.properties ?? {};
  const named = Object.entries(properties).flatMap(([name, property]) => {
    const values = job.params.get(name);
    return values === undefined ? [] : [[name, readValue(asSchema(property), values)] as const];
  });
  const input = inputArguments(job.text);
  const args = { ...input, ...Object.fromEntries(named) };
  const missing = (tool.inputSchema.required ?? []).filter((name) => !(name in args));
  const [last] = missing;
  if (input === null && missing.length === 1 && last !== undefined && job.text !== '')
    if (typeOf(asSchema(properties[last])) === 'string') return checked(tool, { ...args, [last]: job.text });
  return checked(tool, args);
}

/** The arguments, if they fit the tool's schema. Throws `JobFailure` with `invalid-params`. */
export function checked(
  tool: Tool,
  args: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (isDeeperThan(MAX_DEPTH, args))
    throw new JobFailure('invalid-params', `Arguments are nested at most ${MAX_DEPTH} levels deep.`);
  // The SDK's own types of one schema differ where a member is `undefined`.
  const schema: object = tool.inputSchema;
  const result = VALIDATOR.getValidator(schema)(args);
  if (result.valid) return args;
  throw new JobFailure(
    'invalid-params',
    `The tool does not take these arguments: ${result.errorMessage}`.slice(0, 500),
  );
}

const VALIDATOR = new AjvJsonSchemaValidator();

/** What is nested deeper than the stack can be read as JSON but not written: the call would end the connection. */
const MAX_DEPTH = 64;

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}

function inputArguments(text: string): Record<string, unknown> | null {
  const json = text.trimStart().startsWith('{') ? parseJson(text) : null;
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? { ...json } : null;
}

/** Values of a parameter as the type that the schema says; what cannot be read so stays text, which the check refuses. */
function readValue(schema: Schema, values: readonly string[]): unknown {
  const [text = ''] = values;
  switch (typeOf(schema)) {
    case 'array': {
      const json = values.length === 1 && text.trimStart().startsWith('[') ? parseJson(text) : undefined;
      if (Array.isArray(json)) return json;
      const items = asSchema(schema['items']);
      return values.map((value) => readValue(items, [value]));
    }
    case 'integer':
    case 'number':
      return NUMERAL.test(text) ? Number(text) : text;
    case 'boolean':
      return ({ true: true, false: false, 1: true, 0: false } as const)[text.toLowerCase()] ?? text;
    case 'string':
      return text;
    case 'null':
      return null;
    default: // an object, or more than one type
      return parseJson(text) ?? text;
  }
}

const NUMERAL = /^-?\d{1,15}(\.\d{1,15})?$/;

/** The one type of a schema, or `null`. */
function typeOf(schema: Schema): string | null {
  return typeof schema['type'] === 'string' ? schema['type'] : null;
}

function asSchema(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function stringsIn(values: unknown): readonly string[] | null {
  if (!Array.isArray(values) || values.length === 0) return null;
  return values.every((value) => typeof value === 'string') ? values : null;
}

function bound(name: 'min' | 'max', value: unknown): Partial<ParamContract> {
  return typeof value === 'number' ? { [name]: value } : {};
}
