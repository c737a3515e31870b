import { Argument, type Command } from 'commander';
import { nextStepOf, type JobStep, type JobSteps } from '../../customer/index.ts';
import {
  FOLLOW_UP_STEPS,
  failure,
  formatSats,
  satsToMsat,
  success,
  ZERO_MSAT,
  type FollowUpStep,
  type Msat,
  type Outcome,
} from '../../protocol/index.ts';
import type { CommandRunner } from '../command-runner.ts';
import { spendingCaps, withFees, type AccountFlags, type Config } from '../config.ts';
import { withOpenAccount } from '../open-account.ts';
import { MAX_SATS, wholeNumber } from '../option-values.ts';
import { withoutControls, type Output } from '../output.ts';
import { ownPurchase } from '../own-jobs.ts';
import { useCustomer } from '../use-customer.ts';
import { seeThrough } from './see-through.ts';

interface ContinueFlags extends AccountFlags {
  readonly max?: number;
  readonly text?: string;
  readonly deadline?: number;
  readonly save?: string;
}

const COLUMNS = ['step', 'title', 'sats', 'state', 'job', ''];

/** Adds `coinop continue`. */
export function addContinueCommand(program: Command, { run, withAccount, withRelays }: CommandRunner): void {
  withAccount(program.command('continue'))
    .description(
      'go on with a job whose offer promised more, and print the result; without a step, list them',
    )
    .argument('<job>', 'the id of any of its steps, or the beginning of it')
    .addArgument(new Argument('[step]', 'which of them; the next one is asked for').choices(FOLLOW_UP_STEPS))
    .option('--max <sats>', 'the most that a milestone may cost, as agreed', wholeNumber(0, MAX_SATS))
    .option('--text <words>', 'what the provider should know; for a revision, what is to be different')
    .option(
      '--deadline <seconds>',
      'how long to wait; as long as for the job itself unless told',
      wholeNumber(1, 31_536_000),
    )
    .option('--save <file>', 'write the result to this file')
    .action((job: string, step: FollowUpStep | undefined, flags: ContinueFlags) =>
      run((output) =>
        withRelays(flags, 'customer', (config) => continueJob({ job, step, flags }, { config, output })),
      ),
    );
}

/** `coinop continue`. Fails as `ownPurchase`, as `Customer.continueJob`, with `above-max`, or as the purchase. */
function continueJob(
  asked: { readonly job: string; readonly step: FollowUpStep | undefined; readonly flags: ContinueFlags },
  { config, output }: { readonly config: Config; readonly output: Output },
): Promise<Outcome<void>> {
  const { job, step, flags } = asked;
  return withOpenAccount(config, 'customer', async (account) => {
    const purchase = await ownPurchase(job, account);
    if (!purchase.ok) return purchase;
    const { requestId, request } = purchase.value;
    const maxMsat = flags.max === undefined ? ZERO_MSAT : satsToMsat(flags.max);
    const caps = spendingCaps(config, withFees(maxMsat));
    return useCustomer(account, { caps }, async ({ customer }) => {
      const steps = await customer.steps(requestId);
      if (steps === null) return NO_PLAN;
      if (step === undefined) return listSteps(steps, output);
      const next = affordable(steps, step, maxMsat);
      if (!next.ok) return next;
      const { number } = next.value;
      const { text, deadline: deadlineSeconds, save: saveTo } = flags;
      const followed = await customer.continueJob(requestId, {
        step,
        number,
        ...(text === undefined ? {} : { text }),
        ...(deadlineSeconds === undefined ? {} : { deadlineSeconds }),
      });
      if (!followed.ok) return followed;
      return seeThrough(followed.value, { kind: request.kind, customer, config, output, saveTo });
    });
  });
}

/** The step that is asked for, where it costs no more than that; one under way is gone on with. */
function affordable(steps: JobSteps, step: FollowUpStep, maxMsat: Msat): Outcome<JobStep> {
  const next = nextStepOf(steps, step);
  if (next === null) return failure('step-not-agreed', `No ${step} can be asked for (any more).`);
  if (next.amountMsat > maxMsat)
    return failure('above-max', `It costs ${formatSats(next.amountMsat)}, as agreed; say so with --max.`, {
      amountMsat: next.amountMsat.toString(),
    });
  return success(next);
}

function listSteps(steps: JobSteps, output: Output): Outcome<void> {
  const all = [...steps.milestones, ...steps.revisions];
  output.rows(COLUMNS, output.json ? all.map(factsOf) : all.map(rowOf));
  return success(undefined);
}

function factsOf({ step, number, amountMsat, title, purchase, isNext }: JobStep) {
  const { requestId = null, state = null } = purchase ?? {};
  return { step, number, title, amountMsat, requestId, state, isNext };
}

function rowOf({ step, number, amountMsat, title, purchase, isNext }: JobStep) {
  return {
    step: `${step} ${number}`,
    title: title === null ? '' : withoutControls(title.replace(/\s+/gu, ' ')),
    sats: Number(amountMsat) / 1000,
    state: purchase?.state ?? '',
    job: purchase?.requestId.slice(0, 12) ?? '',
    '': isNext ? 'next' : '',
  };
}

const NO_PLAN = failure('step-not-agreed', 'The offer that was taken for this job promises nothing further.');
