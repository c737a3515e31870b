/**
 * Some inputs that a kind takes. An input belongs to the first such group that takes its type and has room,
 * one with its role before all others.
 */
export interface InputContract {
  /** Types of the `i` tag; `null` takes any. A `job` input fits everywhere: its content is known only later. */
  readonly types: readonly string[] | null;
  readonly min: number;
  /** `null` for no limit. */
  readonly max: number | null;
  /** What the marker says; `null` where the kind gives markers no meaning. */
  readonly marker: string | null;
  /** The marker that tells these inputs from others, word for word. Unmarked inputs are taken in order. */
  readonly role?: string;
  /** Text inputs must be JSON. */
  readonly json?: true;
  /** Most bytes of UTF-8 that a text input may have. */
  readonly maxBytes?: number;
  readonly description: string;
}

/** A parameter that a kind knows. Parameters it does not know are let through. */
export interface ParamContract {
  readonly name: string;
  /** Other spellings in use. */
  readonly aliases?: readonly string[];
  readonly description: string;
  /** Without it there is no such job. */
  readonly required: boolean;
  /** Forms and tools should ask for it; requests without it are served all the same. */
  readonly expected?: true;
  /** How many values one `param` tag carries; `null` for as many as the customer likes. */
  readonly arity: number | null;
  /** Whether several tags of this name add up; otherwise only equal repetitions are let through. */
  readonly repeatable?: true;
  /** The only values allowed. */
  readonly values?: readonly string[];
  /** Values that some providers know, for forms; others are allowed. */
  readonly suggested?: readonly string[];
  readonly valueType?: 'integer' | 'number';
  /** Bounds of a number, inclusive. */
  readonly min?: number;
  readonly max?: number;
  /** What every value must match, in regular expression syntax that JSON Schema shares. */
  readonly pattern?: string;
  /** What an absent parameter means. */
  readonly default?: readonly string[];
  /** Also seen as a tag of its own, outside of `param`. */
  readonly alsoTag?: true;
  /** The software that brought it in, where the kind's own source does not have it. */
  readonly origin?: string;
}

/** What a job takes and gives. */
export interface JobContract {
  /** None where a job is all in its parameters; inputs that come along all the same do no harm then. */
  readonly inputs: readonly InputContract[];
  /** A request without any input makes sense though inputs are taken: the customer's key may say it all. */
  readonly bare?: true;
  readonly params: readonly ParamContract[];
  /** MIME types on offer, the usual one first; empty when nothing is known. */
  readonly outputs: readonly string[];
}

/**
 * How well a contract is agreed upon: a merged page in data-vending-machines, an open proposal there, what
 * software that serves it documents, seen in events only, or nothing known.
 */
export type KindStatus = 'spec' | 'proposed' | 'implementation' | 'observed' | 'unknown';

/** What tells a variant's requests from others of its kind; one sign is enough. */
export interface VariantSigns {
  /** Names of parameters. */
  readonly params?: readonly string[];
  /** A tag by its name, or by name and value. */
  readonly tags?: readonly (readonly [name: string, value?: string])[];
  /** What the first input's data matches. */
  readonly firstInput?: string;
}

/** Another meaning that a kind has in the wild. */
export interface KindVariant extends JobContract {
  /** Short and unique within the kind. */
  readonly id: string;
  readonly name: string;
  readonly status: KindStatus;
  readonly source: string;
  readonly about: string;
  readonly signs: VariantSigns;
}

/** What a job of one kind takes and gives: drives checking, forms, flags and tool schemas. Plain data. */
export interface KindContract extends JobContract {
  /** The request's kind, 5000–5999; the result's is 1000 higher. */
  readonly kind: number;
  readonly name: string;
  /** What kinds are grouped by in lists, such as `text` or `discovery`. */
  readonly category: string;
  readonly status: KindStatus;
  /** Where that is written; `null` when nothing is known. */
  readonly source: string | null;
  /** What the job does and what its result looks like, in a sentence or two. */
  readonly about: string;
  /** Other meanings of the same number. What bears no variant's signs is read by the kind's own contract. */
  readonly variants?: readonly KindVariant[];
}
