import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { toSats, type AgentBudget, type BudgetLeft } from '../agent-budget.ts';
import type { Shop } from '../shop.ts';
import { answer } from '../tool-answer.ts';

/** What is left of each cap, in sats, fees included. */
export const LeftView = z.object({
  per_call_sats: z.number().describe('The most that one purchase may cost.'),
  session_sats: z.number().describe('Left until this server is restarted.'),
  day_sats: z.number().describe('Left in these 24 hours.'),
});

const Output = z.object({
  left: LeftView,
  session_spent_sats: z.number().describe('Spent or set aside since this server was started, fees included.'),
  approve_above_sats: z
    .number()
    .nullable()
    .describe('Prices above this need a person; null where none does.'),
  wallet: z
    .object({
      spendable_sats: z.number().nullable().describe('null while the wallet does not answer.'),
      play_money: z.boolean().nullable().describe('Worth nothing outside of a test market.'),
    })
    .nullable()
    .describe('null where no wallet is connected: only free jobs can be bought.'),
});

/** Adds `budget`: what may still be spent. */
export function addBudget(server: McpServer, { budget, wallet }: Shop): void {
  server.registerTool(
    'budget',
    {
      title: 'Budget',
      description:
        'Says what may still be spent: per purchase, in this session and today, all with routing fees. The server enforces these caps; no argument can raise them.',
      inputSchema: z.object({}),
      outputSchema: Output,
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    async (_args, { mcpReq }) => {
      const call = { signal: mcpReq.signal };
      const [left, spent] = [await showLeft(budget), await budget.sessionSpent()];
      const balance = wallet === null ? null : await wallet.balance(call);
      const able = wallet === null ? null : await wallet.capabilities(call);
      const { approveAboveMsat } = budget.caps;
      return answer({
        left,
        session_spent_sats: toSats(spent),
        approve_above_sats: approveAboveMsat === null ? null : toSats(approveAboveMsat),
        wallet:
          wallet === null
            ? null
            : {
                spendable_sats: balance?.ok ? toSats(balance.value.spendableMsat) : null,
                play_money: able?.ok ? able.value.playMoney : null,
              },
      } satisfies z.infer<typeof Output>);
    },
  );
}

/** What is left, as tools and refusals show it. */
export async function showLeft(budget: AgentBudget): Promise<z.infer<typeof LeftView>> {
  const { perCallMsat, sessionMsat, dayMsat }: BudgetLeft = await budget.left();
  return {
    per_call_sats: toSats(perCallMsat),
    session_sats: toSats(sessionMsat),
    day_sats: toSats(dayMsat),
  };
}
