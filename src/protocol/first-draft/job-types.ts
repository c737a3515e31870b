/**
 * What the `j` tag of the first draft may name → the kind of job in NIP-90. The first name of a kind is the one that
 * is written; `summarize` is how the reference provider of 2023 spelled it.
 */
const KIND_OF_TYPE: ReadonlyMap<string, number> = new Map([
  ['speech-to-text', 5000],
  ['summarization', 5001],
  ['summarize', 5001],
  ['translation', 5002],
]);

/** The kind of job that a job type of the first draft stands for; `null` for types that it does not define. */
export function kindOfJobType(type: string): number | null {
  return KIND_OF_TYPE.get(type) ?? null;
}

/** Every job type of the first draft that stands for this kind of job, the one to write first; most kinds have none. */
export function jobTypesOf(kind: number): string[] {
  return [...KIND_OF_TYPE].flatMap(([type, ofKind]) => (ofKind === kind ? [type] : []));
}

/** The job types that are read, for messages. */
export const JOB_TYPES: readonly string[] = [...KIND_OF_TYPE.keys()];
