import { kindContract, type AnnouncedParam } from '../protocol/index.ts';

/**
 * The parameters to announce for a service of this kind, from the kind's contract: all of them, or only
 * those that the service understands, each with what it means there.
 */
export function announcedParams(
  kind: number,
  understood?: Readonly<Record<string, string>>,
): ReadonlyMap<string, AnnouncedParam> {
  return new Map(
    kindContract(kind).params.flatMap(({ name, required, values, suggested, description }) => {
      const meaning = understood ? understood[name] : description;
      return meaning === undefined
        ? []
        : [[name, { required, values: values ?? suggested ?? [], description: meaning }] as const];
    }),
  );
}
