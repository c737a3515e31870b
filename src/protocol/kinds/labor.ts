import type { KindContract } from './contract.ts';
import { input, nameOnly, param, SOME } from './shorthand.ts';

const SOURCE = 'OpenAgentsInc/openagents docs/nips/LBR.md';

/** Numbers that OpenAgents reserved for labor without saying more. */
const reserved = (
  [
    [5930, 'sandbox run'],
    [5931, 'repository index'],
    [5932, 'patch'],
    [5933, 'code review'],
    [5935, 'review'],
    [5936, 'document work'],
  ] as const
).map(([kind, what]) =>
  nameOnly({
    kind,
    name: `OpenAgents labor: ${what}`,
    category: 'labor',
    status: 'implementation',
    source: SOURCE,
    about: 'Reserved by OpenAgents, which has since stopped using job kinds.',
  }),
);

const reference = { role: 'input_ref' } as const;

/** Kinds 5930 to 5960: labor and data as OpenAgents described them before it stopped. */
export const laborKinds: readonly KindContract[] = [
  ...reserved,
  {
    kind: 5934,
    name: 'OpenAgents labor: code task',
    category: 'labor',
    status: 'implementation',
    source: SOURCE,
    about: 'Has a change made to code and verified by a command; needs a bid. The result is JSON and tags.',
    inputs: [
      input('text', 'Reference of the objective.', reference),
      input('text', 'Reference of a repository.', { ...SOME, ...reference }),
    ],
    params: [
      param('labor_job_type', 'Type of the labor.', { required: true, values: ['code_task'] }),
      param('policy_ref', 'Reference of the terms of use.', { required: true }),
      param('acceptance', 'Reference of the command that decides.', { required: true }),
      param('lbr_objective_ref', 'Reference of the objective.', { required: true }),
      param('lbr_repository_ref', 'Reference of a repository.', { required: true, repeatable: true }),
      param('lbr_verification_command_ref', 'Reference of the command that decides.', { required: true }),
      param('lbr_required_capability_ref', 'Something that the worker must be able to do.', {
        required: true,
        repeatable: true,
      }),
      param('lbr_output_delivery', 'How the outcome is handed over.', {
        required: true,
        values: ['output_only'],
      }),
      param('lbr_deadline', 'Reference of the deadline.'),
      param('lbr_forum_topic_ref', 'Reference of a topic where it is talked about.'),
    ],
    outputs: ['application/json'],
  },
  {
    kind: 5960,
    name: 'Dataset access',
    category: 'data',
    status: 'implementation',
    source: 'OpenAgentsInc/openagents docs/nips/DS.md',
    about:
      'Buys access to a dataset; listing and offer are "a" tags. The result is JSON with the place and hash.',
    inputs: [],
    params: [
      param('delivery', 'How to hand it over.', { suggested: ['giftwrap', 'download'] }),
      param('preview', 'How much to show before.', { suggested: ['metadata_only'] }),
      param('license_ack', 'Licence that is accepted.'),
    ],
    outputs: ['application/json'],
  },
];
