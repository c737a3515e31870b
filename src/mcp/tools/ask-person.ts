import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  inputRequired,
  type InputRequiredResult,
  type McpServer,
  type RequestStateCodec,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { ComparedOffer } from '../../customer/index.ts';
import type { Purchase } from '../../ledger/index.ts';
import { formatSats, type Outcome } from '../../protocol/index.ts';
import type { Approval } from '../approvals/approvals.ts';
import type { Shop } from '../shop.ts';

/** What a question was about; the client sends it back signed, so that an answer fits the question that was asked. */
export interface AskedQuestion {
  readonly quoteId: string;
  readonly amountMsat: string;
}

/** What tools that spend work with. */
export interface Till {
  readonly server: McpServer;
  readonly shop: Shop;
  readonly states: RequestStateCodec<AskedQuestion>;
}

/** What a person is to agree to. */
export interface AskedWish {
  readonly purchase: Pick<Purchase, 'request'>;
  readonly offer: Pick<
    ComparedOffer,
    'amountMsat' | 'totalMsat' | 'exchange' | 'providerPubkey' | 'exposure'
  >;
  readonly quoteId: string;
  /** Unix seconds; an agreement later than this is of no use. */
  readonly expiresAt: number;
}

/** Whether a person agreed to a price, or how it is asked now. */
export type PersonsAnswer =
  | { readonly type: 'granted' | 'denied' }
  /** The client shows the question and calls the tool again. */
  | { readonly type: 'ask-client'; readonly question: InputRequiredResult }
  /** The person answers elsewhere, and the agent calls the tool again. */
  | { readonly type: 'wait'; readonly approval: Approval };

const Answer = z.object({
  approve: z.boolean().describe('Pay this price for this job?'),
});

/** Gets a person's word on an offer whose price is above what the agent may decide: through the client, or the desk. */
export async function askPerson(
  { server, shop, states }: Till,
  wish: AskedWish,
  context: ServerContext,
): Promise<Outcome<PersonsAnswer>> {
  const { quoteId, offer, purchase, expiresAt } = wish;
  const about: AskedQuestion = { quoteId, amountMsat: offer.amountMsat.toString() };
  const earlier = await shop.desk.approvals.find(quoteId, offer.amountMsat);
  if (earlier !== null && earlier.state !== 'asked') return say({ type: earlier.state });
  const asked = shop.desk.trustsClients ? context.mcpReq.requestState<AskedQuestion>() : undefined;
  if (asked !== undefined && asked.quoteId === quoteId && asked.amountMsat === about.amountMsat) {
    const answered = acceptedContent(context.mcpReq.inputResponses, 'approval', Answer);
    return say({ type: answered?.approve === true ? 'granted' : 'denied' });
  }
  if (shop.desk.trustsClients && canAsk(server, context))
    return say({ type: 'ask-client', question: await question(states, wish, about) });
  const approval = await shop.desk.approvals.ask({
    quoteId,
    kind: purchase.request.kind,
    providerPubkey: offer.providerPubkey,
    exchange: offer.exchange,
    amountMsat: offer.amountMsat,
    expiresAt,
  });
  return approval.ok ? say({ type: 'wait', approval: approval.value }) : approval;
}

function say(value: PersonsAnswer): Outcome<PersonsAnswer, never> {
  return { ok: true, value };
}

const ClientAbilities = z.object({
  elicitation: z.object({ form: z.unknown().optional(), url: z.unknown().optional() }).optional(),
});

/** Whether the client shows forms to a person: newer clients say so with each request, older ones at the start. */
function canAsk({ server }: McpServer, { mcpReq }: ServerContext): boolean {
  const envelope: Readonly<Record<string, unknown>> = { ...mcpReq.envelope };
  const said = ClientAbilities.safeParse(
    envelope[CLIENT_CAPABILITIES_META_KEY] ?? server.getClientCapabilities(),
  );
  const elicitation = said.success ? said.data.elicitation : undefined;
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}

async function question(
  states: RequestStateCodec<AskedQuestion>,
  { purchase, offer }: AskedWish,
  about: AskedQuestion,
): Promise<InputRequiredResult> {
  const { amountMsat, totalMsat, exchange, providerPubkey, exposure } = offer;
  return inputRequired({
    requestState: await states.mint(about),
    inputRequests: {
      approval: inputRequired.elicit({
        message: `The agent wants to buy a job of kind ${purchase.request.kind} for ${formatSats(amountMsat)} (at most ${formatSats(totalMsat)} with fees) by ${exchange} from ${providerPubkey.slice(0, 16)}. ${exposure.customerTrusts}`,
        requestedSchema: Answer,
      }),
    },
  });
}
