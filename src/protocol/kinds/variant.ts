import type { JobRequest } from '../job.ts';
import type { JobContract, KindContract, KindVariant, VariantSigns } from './contract.ts';

/** The meaning that a request of an ambiguous kind bears the signs of; `null` for the kind's own. */
export function variantOf(contract: KindContract, request: JobRequest): KindVariant | null {
  return contract.variants?.find(({ signs }) => bears(request, signs)) ?? null;
}

function bears(request: JobRequest, { params = [], tags = [], firstInput }: VariantSigns): boolean {
  const [first] = request.inputs;
  return (
    params.some((name) => request.params.has(name)) ||
    tags.some(([name, value]) =>
      request.event.tags.some((tag) => tag[0] === name && (value === undefined || tag[1] === value)),
    ) ||
    (firstInput !== undefined && first !== undefined && new RegExp(firstInput, 'u').test(first.data))
  );
}

/** A kind's own meaning and all others, each with what people call it. */
export function readingsOf(
  contract: KindContract,
): readonly (JobContract & Pick<KindContract, 'name' | 'about'>)[] {
  return [contract, ...(contract.variants ?? [])];
}

/** Whether a request gives its kind nothing to work on, which no handler can turn into something worth money. */
export function lacksInput(contract: KindContract, request: JobRequest): boolean {
  const { inputs, bare } = variantOf(contract, request) ?? contract;
  const takesInput = inputs.length > 0 && bare !== true;
  return takesInput && request.inputs.length === 0 && request.content.trim() === '';
}
