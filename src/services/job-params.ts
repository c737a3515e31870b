import { checkRequest, kindContract } from '../protocol/index.ts';
import { JobFailure, type JobContext } from '../provider/index.ts';

/** The parameters of a job by the names of its kind: other spellings and tags that stand for a parameter are read too. */
export function jobParams({ request }: JobContext): ReadonlyMap<string, readonly string[]> {
  const checked = checkRequest(kindContract(request.kind), request);
  return checked.ok ? checked.value.params : request.params;
}

/** A parameter that is a number within bounds, or what is usual. Throws `JobFailure` `invalid-param`. */
export function numberParam(
  params: ReadonlyMap<string, readonly string[]>,
  name: string,
  { usual, least, most }: { readonly usual: number; readonly least: number; readonly most: number },
): number {
  const written = params.get(name)?.[0];
  if (written === undefined) return usual;
  const value = Number(written);
  if (written.trim() === '' || !(value >= least && value <= most))
    throw new JobFailure(
      'invalid-param',
      `The parameter "${name}" must be a number from ${least} to ${most}.`,
    );
  return value;
}
