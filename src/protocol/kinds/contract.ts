/**
 * Some inputs that a kind takes. An input belongs to the first such group that takes its type and has room.
 */
export interface InputContract {
  /** Types of the `i` tag; `null` takes any. */
  readonly types: readonly string[] | null;
  readonly min: number;
  /** `null` for no limit. */
  readonly max: number | null;
  /** What the marker says; `null` where the kind gives markers no meaning. */
  readonly marker: string | null;
  readonly description: string;
}

/** A parameter that a kind knows. Parameters it does not know are let through. */
export interface ParamContract {
  readonly name: string;
  /** Other spellings in use. */
  readonly aliases?: readonly string[];
  readonly description: string;
  readonly required: boolean;
  /** How many values one `param` tag carries. */
  readonly arity: number;
  /** Whether several tags of this name add up; otherwise only equal repetitions are let through. */
  readonly repeatable?: true;
  /** The only values allowed. */
  readonly values?: readonly string[];
  /** Values that some providers know, for forms; others are allowed. */
  readonly suggested?: readonly string[];
  readonly valueType?: 'integer' | 'number';
  /** What every value must match, in regular expression syntax that JSON Schema shares. */
  readonly pattern?: string;
  /** What an absent parameter means. */
  readonly default?: readonly string[];
  /** Also seen as a tag of its own, outside of `param`. */
  readonly alsoTag?: true;
}

/** What a job of one kind takes and gives: drives checking, forms, flags and tool schemas. Plain data. */
export interface KindContract {
  /** The request's kind, 5000–5999; the result's is 1000 higher. */
  readonly kind: number;
  readonly name: string;
  /**
   * How well the kind is agreed upon: a merged page in data-vending-machines, an open proposal there, what
   * software that serves it documents, or nothing known.
   */
  readonly status: 'spec' | 'proposed' | 'implementation' | 'unknown';
  /** Where that is written; `null` when nothing is known. */
  readonly source: string | null;
  readonly inputs: readonly InputContract[];
  readonly params: readonly ParamContract[];
  /** MIME types on offer, the usual one first; empty when nothing is known. */
  readonly outputs: readonly string[];
}
