import { join } from 'node:path';
import { createCustomer, DEFAULT_POLICY } from '../../customer/index.ts';
import {
  checkToken,
  createAgentBudget,
  createApprovalCodes,
  followJobs,
  loadOrCreateToken,
  mcpServers,
  serveMcpHttp,
  serveMcpStdio,
  takeUpJobs,
  type AgentCaps,
  type Approval,
  type ApprovalDesk,
  type Shop,
} from '../../mcp/index.ts';
import { formatSats, satsToMsat, success, type Msat, type Outcome } from '../../protocol/index.ts';
import { spendingCaps, type Config } from '../config.ts';
import { withOpenAccount } from '../open-account.ts';
import type { Output } from '../output.ts';
import { avoiding } from '../use-customer.ts';
import { useDirectory } from '../use-directory.ts';
import { ownVersion } from '../own-version.ts';
import { approvalsOf } from './approve.ts';

/** How a person is asked: in the client's own dialog where it has one, or only by command or link. */
export const APPROVAL_WAYS = ['client', 'outside'] as const;

/** One of `APPROVAL_WAYS`. */
export type ApprovalWay = (typeof APPROVAL_WAYS)[number];

/** The arguments of `coinop mcp`. */
export interface McpArguments {
  /** Serves HTTP on this loopback port; stdio when left out. */
  readonly httpPort: number | undefined;
  readonly tokenFile: string | undefined;
  readonly perCallSats: number;
  readonly perSessionSats: number;
  readonly perDaySats: number;
  readonly approveAboveSats: number | undefined;
  readonly approveBy: ApprovalWay;
}

/**
 * `coinop mcp`: lets agents buy within their caps, until the client goes or the signal aborts. What agents bought
 * through an earlier server is gone on with first. Fails with `port-taken`, `token-file-exposed` or `token-too-short`.
 */
export async function serveAgents(
  args: McpArguments,
  config: Config,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const token = args.httpPort === undefined ? success('') : await bearerToken(args, config.home, process.env);
  if (!token.ok) return token;
  const caps = agentCaps(args, config);
  return withOpenAccount(config, 'customer', (account) =>
    useDirectory(account, async (directory, lists) => {
      const blocked = new Set(lists.blocked);
      const customer = createCustomer({
        ...account,
        caps: { ...spendingCaps(config, caps.perCallMsat), perDayMsat: caps.perDayMsat },
        policy: avoiding(blocked, DEFAULT_POLICY),
        records: (pubkeys) => directory.records(pubkeys),
        onTrouble: (trouble) => output.note(`! ${trouble.message} (${trouble.code})`),
      });
      try {
        const budget = createAgentBudget(caps, { ledger: account.ledger, pubkey: customer.pubkey });
        const { ledger, wallet } = account;
        const shop = { customer, ledger, directory, wallet, budget, jobs: followJobs(), blocked };
        const left = await takeUpJobs(shop);
        if (left > 0)
          output.note(
            `! ${left} earlier purchase(s) pass today's caps or come from blocked providers; \`coinop resume\` goes on with them.`,
          );
        const asking = { approvals: approvalsOf(config.home), trustsClients: args.approveBy === 'client' };
        return args.httpPort === undefined
          ? await onStdio(shop, asking, output, signal)
          : await onHttp(shop, { ...asking, port: args.httpPort, token: token.value }, output, signal);
      } finally {
        await customer.close();
      }
    }),
  );
}

type Parts = Omit<Shop, 'desk'>;
type Asking = Omit<ApprovalDesk, 'invite'>;

async function onStdio(
  parts: Parts,
  asking: Asking,
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const desk: ApprovalDesk = {
    ...asking,
    invite(approval) {
      output.note(`approval wanted: ${describe(approval)}; run \`coinop approve ${approval.id}\``);
      return {
        url: null,
        how: `A person runs \`coinop approve ${approval.id}\` in a terminal on this machine.`,
      };
    },
  };
  output.note(`MCP on stdio. ${capWords(parts.budget.caps)}`);
  await serveMcpStdio(mcpServers({ ...parts, desk }, { version: await ownVersion() }), signal);
  return success(undefined);
}

async function onHttp(
  parts: Parts,
  { port, token, ...asking }: Asking & { readonly port: number; readonly token: string },
  output: Output,
  signal: AbortSignal,
): Promise<Outcome<void>> {
  const codes = createApprovalCodes();
  const version = await ownVersion();
  const desk = (origin: string): ApprovalDesk => ({
    ...asking,
    invite(approval) {
      const url = `${origin}/approve/${approval.id}`;
      const { code, isNew } = codes.codeOf(approval.id);
      if (isNew) output.note(`approval wanted: ${describe(approval)}; code ${code} at ${url}`);
      return {
        url,
        how: 'A person opens the link and types the code that is shown where the server runs, or runs `coinop approve` there.',
      };
    },
  });
  const served = await serveMcpHttp({
    port,
    token,
    approvals: asking.approvals,
    codes,
    servers: (origin) => mcpServers({ ...parts, desk: desk(origin) }, { version }),
  });
  if (!served.ok) return served;
  try {
    output.note(`MCP on ${served.value.url}. ${capWords(parts.budget.caps)}`);
    await aborted(signal);
  } finally {
    await served.value.close();
  }
  return success(undefined);
}

/** From the environment, or a file that is made at first. */
async function bearerToken(
  { tokenFile }: McpArguments,
  home: string,
  env: NodeJS.ProcessEnv,
): Promise<Outcome<string>> {
  const given = env['COINOP_MCP_TOKEN'];
  delete env['COINOP_MCP_TOKEN']; // nothing that we start inherits it
  return tokenFile === undefined && given
    ? checkToken(given)
    : loadOrCreateToken(tokenFile ?? join(home, 'mcp-token'));
}

/** The configuration sets the frame; flags only narrow it. */
function agentCaps(args: McpArguments, { perJobMsat, caps }: Config): AgentCaps {
  return {
    perCallMsat: least(satsToMsat(args.perCallSats), perJobMsat),
    perSessionMsat: satsToMsat(args.perSessionSats),
    perDayMsat: least(satsToMsat(args.perDaySats), caps.perDayMsat),
    approveAboveMsat: args.approveAboveSats === undefined ? null : satsToMsat(args.approveAboveSats),
  };
}

function least(one: Msat, other: Msat | undefined): Msat {
  return other !== undefined && other < one ? other : one;
}

function capWords({ perCallMsat, perSessionMsat, perDayMsat, approveAboveMsat }: AgentCaps): string {
  const asked = approveAboveMsat === null ? '' : `, a person is asked above ${formatSats(approveAboveMsat)}`;
  return `At most ${formatSats(perCallMsat)} a purchase, ${formatSats(perSessionMsat)} in this session, ${formatSats(perDayMsat)} a day, fees included${asked}.`;
}

function describe({ kind, amountMsat, exchange, providerPubkey }: Approval): string {
  return `kind ${kind} for ${formatSats(amountMsat)} by ${exchange} from ${providerPubkey.slice(0, 16)}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
