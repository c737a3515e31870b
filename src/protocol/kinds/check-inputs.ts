import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { JobInput, JobRequest } from '../job.ts';
import { success, type Outcome } from '../outcome.ts';
import { parseJson } from '../untrusted-json.ts';
import type { InputContract, JobContract, KindContract } from './contract.ts';
import { clip, violation, type Violation } from './violation.ts';

/** Input types outside NIP-90 that clients send where they mean text. */
const MEANS_TEXT = new Set(['prompt', 'data']);

type Reading = Pick<KindContract, 'name'> & Pick<JobContract, 'inputs'>;

/** The request's inputs as the contract names their types, or the rule that one of them breaks. */
export function checkInputs(
  { name, inputs: groups }: Reading,
  request: JobRequest,
): Outcome<JobInput[], 'schema-violation'> {
  const inputs = writtenInputs(groups, request);
  // Where a kind documents no input, one that comes along all the same does no harm.
  if (groups.length === 0) return success(inputs);
  const taken = groups.map(() => 0);
  for (const [position, input] of inputs.entries()) {
    const index = groupOf(groups, input, taken);
    const group = groups[index];
    if (group === undefined)
      return violation(
        'input-type',
        `Input ${position + 1} ("i" tag) of type "${clip(input.type)}" does not fit: ${name} takes ${describeInputs(groups)}.`,
        { tag: 'i', position },
      );
    taken[index] = (taken[index] ?? 0) + 1;
    const unfit = checkText(group, input, position);
    if (unfit !== null) return unfit;
  }
  return groups.some(({ min }, index) => (taken[index] ?? 0) < min)
    ? violation('too-few-inputs', `An "i" tag is missing: ${name} takes ${describeInputs(groups)}.`, {
        tag: 'i',
      })
    : success(inputs);
}

/**
 * The inputs of a request by the groups of its contract, in their order, as `checkInputs` places them; what fits nowhere
 * is left out.
 */
export function inputsByGroup(groups: readonly InputContract[], request: JobRequest): JobInput[][] {
  const placed = groups.map((): JobInput[] => []);
  for (const input of writtenInputs(groups, request)) {
    const taken = placed.map(({ length }) => length);
    placed[groupOf(groups, input, taken)]?.push(input);
  }
  return placed;
}

/** Large inputs travel in `content`: without any `i` tag it is the text that the kind needs. */
function writtenInputs(groups: readonly InputContract[], request: JobRequest): JobInput[] {
  const needsText = groups.some(({ types, min }) => min > 0 && (types === null || types.includes('text')));
  if (request.inputs.length === 0 && needsText && request.content.trim() !== '')
    return [{ data: request.content, type: 'text', relay: null, marker: null }];
  return request.inputs.map((input) => (MEANS_TEXT.has(input.type) ? { ...input, type: 'text' } : input));
}

/** The group with the input's role, else the first that takes its type, else for a `job` the first with room. */
function groupOf(
  groups: readonly InputContract[],
  { type, marker }: JobInput,
  taken: readonly number[],
): number {
  const hasRoom = ({ max }: InputContract, index: number) => max === null || (taken[index] ?? 0) < max;
  const fits = (group: InputContract, index: number) =>
    (group.types === null || group.types.includes(type)) && hasRoom(group, index);
  const byRole = groups.findIndex((group, index) => group.role === (marker ?? '') && fits(group, index));
  if (byRole !== -1) return byRole;
  const byType = groups.findIndex(fits);
  return byType === -1 && type === 'job' ? groups.findIndex(hasRoom) : byType;
}

function checkText(group: InputContract, input: JobInput, position: number): Violation | null {
  if (input.type !== 'text') return null;
  const where = { tag: 'i', position };
  if (group.maxBytes !== undefined && utf8ToBytes(input.data).length > group.maxBytes)
    return violation(
      'input-size',
      `Input ${position + 1} ("i" tag) may have at most ${group.maxBytes} bytes.`,
      where,
    );
  if (group.json === true && parseJson(input.data) === undefined)
    return violation(
      'input-json',
      `Input ${position + 1} ("i" tag) must be JSON: ${group.description}`,
      where,
    );
  return null;
}

function describeInputs(groups: readonly InputContract[]): string {
  return groups
    .map(({ types, min, max }) => {
      const count = max === null ? `${min} or more` : min === max ? `${min}` : `${min} to ${max}`;
      return `${count} of type ${types?.join(', ') ?? 'any'}`;
    })
    .join('; ');
}
