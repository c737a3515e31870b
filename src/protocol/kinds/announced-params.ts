import type { AnnouncedParam } from '../announcement.ts';
import type { JobContract } from './contract.ts';

/** The parameters of a contract as an announcement names them (`nip90Params`): by name, with known values. */
export function announcedParams({ params }: JobContract): ReadonlyMap<string, AnnouncedParam> {
  return new Map(
    params.map(({ name, required, expected = false, values, suggested, description }) => [
      name,
      { required: required || expected, values: values ?? suggested ?? [], description },
    ]),
  );
}
