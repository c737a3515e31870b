import type { Customer } from '../customer/index.ts';
import type { Directory } from '../directory/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Wallet } from '../money/index.ts';
import type { AgentBudget } from './agent-budget.ts';
import type { Approval, Approvals } from './approvals/approvals.ts';
import type { FollowedJobs } from './followed-jobs.ts';

/** How a person answers what an agent may not decide alone. */
export interface ApprovalDesk {
  readonly approvals: Approvals;
  /** A client's own dialog is good enough, where it has one. */
  readonly trustsClients: boolean;
  /** Tells the person that it is asked, where the server can, and the agent what the person has to do. */
  invite(approval: Approval): { readonly url: string | null; readonly how: string };
}

/** What the tools work with. Customer, ledger, directory and wallet belong to the caller, who closes them. */
export interface Shop {
  readonly customer: Customer;
  readonly ledger: Ledger;
  readonly directory: Directory;
  /** `null`: only free things can be bought. */
  readonly wallet: Wallet | null;
  readonly budget: AgentBudget;
  readonly desk: ApprovalDesk;
  readonly jobs: FollowedJobs;
  /** Public keys of providers that nothing is bought from. */
  readonly blocked: ReadonlySet<string>;
}
