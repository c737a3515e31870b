import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { LIVENESS, SORTS, type ListedService } from '../../directory/index.ts';
import {
  KIND_CONTRACTS,
  satsToMsat,
  type InputContract,
  type KindContract,
  type ParamContract,
} from '../../protocol/index.ts';
import { toSats } from '../agent-budget.ts';
import type { Shop } from '../shop.ts';
import { answer } from '../tool-answer.ts';
import { shorten } from '../untrusted-text.ts';
import { RecordView, viewRecord } from './record-view.ts';

const MAX_SERVICES = 20;
const MAX_KINDS = 8;
const MAX_PARAMS = 12;
const MAX_TEXT_CHARS = 300;

const Input = z.object({
  text: z
    .string()
    .max(200)
    .optional()
    .describe('Words that stand in the name or the description of a service or of a job kind.'),
  kind: z.number().int().min(5000).max(5999).optional().describe('A job kind, such as 5001.'),
  max_sats: z.number().int().nonnegative().optional().describe('Leaves out services that announce more.'),
  min_liveness: z
    .enum(LIVENESS)
    .optional()
    .describe('How alive a provider must be at least; replies is a good choice.'),
  sort: z.enum(SORTS).optional().describe('reliability unless told.'),
  limit: z.number().int().min(1).max(MAX_SERVICES).default(10),
});

const Service = z.object({
  provider: z.string().describe('Public key; get_quote can address it.'),
  kinds: z.array(z.number().int()),
  untrusted_name: z.string().describe('Written by the provider.'),
  untrusted_about: z.string(),
  announced_sats: z.number().nullable().describe('A hint only: the price is what a quote says.'),
  liveness: z.enum(LIVENESS).describe('The best sign of life: announced is the least.'),
  last_sign_at: z.number().int().describe('Unix seconds.'),
  favourite: z.boolean(),
  record: RecordView,
});

const Kind = z.object({
  kind: z.number().int(),
  name: z.string(),
  about: z.string(),
  inputs: z.array(z.string()).describe('What input to give to get_quote, in order.'),
  params: z.array(z.string()).describe('What params get_quote takes; ! marks required ones.'),
});

const Output = z.object({
  services: z.array(Service),
  kinds: z.array(Kind).describe('What jobs of the kinds that fit take and give.'),
  set_aside: z
    .array(z.object({ provider: z.string(), code: z.string() }))
    .describe('Services that fit and are not offered, and why: such as dead or above_price.'),
  silent_relays: z.array(z.string()).describe('Relays that did not answer: what is only there is missing.'),
  next: z.string(),
});

/** Adds `search_services`: who sells what, who of them is alive, and what their jobs take. */
export function addSearchServices(server: McpServer, { directory }: Shop): void {
  server.registerTool(
    'search_services',
    {
      title: 'Search services',
      description:
        'Finds services for sale on the open market (Nostr data vending machines) and the job kinds they sell. Free. Use it to learn which kind and params a job needs; then call get_quote, which also reaches providers that announce nothing.',
      inputSchema: Input,
      outputSchema: Output,
      annotations: { readOnlyHint: true, openWorldHint: true },
    },
    async ({ text, kind, max_sats, min_liveness, sort, limit }, { mcpReq }) => {
      const listing = await directory.find(
        {
          limit,
          ...(text === undefined ? {} : { text }),
          ...(kind === undefined ? {} : { kinds: [kind] }),
          ...(max_sats === undefined ? {} : { maxPriceMsat: satsToMsat(max_sats) }),
          ...(min_liveness === undefined ? {} : { minLiveness: min_liveness }),
          ...(sort === undefined ? {} : { sort }),
        },
        { signal: mcpReq.signal },
      );
      const services = listing.services.map(viewService);
      const sold = new Set(services.flatMap(({ kinds }) => kinds));
      return answer({
        services,
        kinds: findKinds({ kind, text, sold }).map(viewKind),
        set_aside: listing.setAside.slice(0, MAX_SERVICES).map(({ service, reason }) => ({
          provider: service.announcement.pubkey,
          code: reason.code.replaceAll('-', '_'),
        })),
        silent_relays: [...listing.silentRelays],
        next:
          services.length > 0
            ? 'Call get_quote with the kind, the input and max_sats; nothing is paid by that.'
            : 'Nothing is announced. get_quote may still find a provider: ask for the kind you need.',
      } satisfies z.infer<typeof Output>);
    },
  );
}

function viewService({ announcement, priceMsat, liveness, record, favourite }: ListedService) {
  return {
    provider: announcement.pubkey,
    kinds: [...announcement.kinds],
    untrusted_name: shorten(announcement.name ?? '', MAX_TEXT_CHARS),
    untrusted_about: shorten(announcement.about ?? '', MAX_TEXT_CHARS),
    announced_sats: priceMsat === null ? null : toSats(priceMsat),
    liveness: liveness.step,
    last_sign_at: liveness.lastSignAt,
    favourite,
    record: viewRecord(record),
  };
}

/** The kind that was asked for, else those that are sold or fit the words. */
function findKinds(wanted: {
  readonly kind: number | undefined;
  readonly text: string | undefined;
  readonly sold: ReadonlySet<number>;
}): readonly KindContract[] {
  const words = wanted.text?.toLowerCase().split(/\s+/).filter(Boolean) ?? [];
  const fits = ({ kind, name, about }: KindContract): boolean => {
    if (wanted.kind !== undefined) return kind === wanted.kind;
    const said = `${name} ${about}`.toLowerCase();
    return wanted.sold.has(kind) || (words.length > 0 && words.every((word) => said.includes(word)));
  };
  return KIND_CONTRACTS.filter(fits).slice(0, MAX_KINDS);
}

function viewKind({ kind, name, about, inputs, params }: KindContract): z.infer<typeof Kind> {
  return {
    kind,
    name,
    about,
    inputs: inputs.map(inputWords),
    params: params.slice(0, MAX_PARAMS).map(paramWords),
  };
}

function inputWords({ types, min, max, marker, description }: InputContract): string {
  const many = max === null ? `${min} or more` : `${min} to ${max}`;
  const role = marker === null ? '' : ` marked ${marker}`;
  return `${many} of type ${types?.join(' or ') ?? 'any'}${role}: ${description}`;
}

function paramWords({ name, required, values, suggested, description, ...rest }: ParamContract): string {
  const known = values ?? suggested;
  const choice = known === undefined ? '' : ` (${known.slice(0, MAX_PARAMS).join(', ')})`;
  const usual = rest.default === undefined ? '' : `, ${rest.default.join(' ')} unless told`;
  return `${name}${required ? '!' : ''}${choice}: ${description}${usual}`;
}
