import type { Page } from '@playwright/test';

const ID = 'a'.repeat(64);
const RUN = `#/run/${ID}`;
const JOB = `#/workbench/${ID}`;

/** A page in one of the scenes of `scripted/screens.ts`. */
interface Screen {
  readonly scene: string;
  readonly path: string;
  /** Is on the page when it is whole. */
  readonly shows: string | RegExp;
  /** What a person presses to get there, one after the other. */
  readonly press?: readonly (string | RegExp)[];
}

/** Every screen, in the states in which people meet it. */
export const SCREENS: readonly Screen[] = [
  { scene: 'ecash-only', path: '#/', shows: '21,500 sat in ecash' },
  { scene: 'signed-out', path: '#/', shows: '1 live' },
  { scene: 'signed-in', path: '#/', shows: '1 live', press: ['Everything that can be asked for'] },
  { scene: 'signed-out', path: '#/new/5001', shows: 'Post the request' },
  { scene: 'signed-in', path: '#/new/5000', shows: 'Post the request' },
  { scene: 'signed-in', path: '#/new/5100', shows: 'Post the request' },
  { scene: 'signed-in', path: '#/new/5600', shows: 'Post the request' },
  { scene: 'penniless', path: '#/new/5050', shows: 'only free offers can be taken' },
  { scene: 'unlisted-seller', path: `#/new/5001?to=${'c'.repeat(64)}`, shows: 'Allow 150 sat' },
  { scene: 'signed-in', path: '#/services', shows: 'Service 0' },
  {
    scene: 'failing',
    path: `#/service/${'c'.repeat(64)}/0`,
    shows: 'The server refused the file with status 507.',
  },
  { scene: 'signed-in', path: `#/service/${'c'.repeat(64)}/0`, shows: 'Condenses texts.' },
  { scene: 'signed-in', path: '#/kind/5001', shows: 'Service 0' },
  { scene: 'signed-in', path: '#/runs', shows: 'No runs yet' },
  { scene: 'runs', path: '#/runs', shows: 'vending machine' },
  { scene: 'open-run', path: '#/runs', shows: 'Ask it to keep your books' },
  { scene: 'taken-elsewhere', path: '#/runs', shows: 'You buy in another browser now' },
  { scene: 'refused-by-person', path: RUN, shows: 'You said no to paying it.' },
  { scene: 'run-out', path: RUN, shows: 'nothing here shows that it was paid' },
  { scene: 'refused-by-budget', path: RUN, shows: 'Raise the budget' },
  { scene: 'refused-by-mint', path: RUN, shows: 'There is too little at the mint' },
  { scene: 'refused-by-wallet', path: RUN, shows: 'It holds too little' },
  { scene: 'ecash-over-budget', path: RUN, shows: '10 sat', press: [/^Take the offer/] },
  { scene: 'asked-two', path: RUN, shows: 'How long may it be?' },
  { scene: 'asked-one', path: RUN, shows: 'Waiting for offers', press: ['Write to the provider'] },
  { scene: 'requested', path: RUN, shows: 'Waiting for offers' },
  { scene: 'offers', path: RUN, shows: 'best by the rules' },
  {
    scene: 'offers',
    path: RUN,
    shows: 'best by the rules',
    press: [/^Compare the offer/, /^Compare the offer/],
  },
  { scene: 'offers', path: RUN, shows: 'best by the rules', press: [/^Take the offer/] },
  { scene: 'little-budget', path: RUN, shows: 'best by the rules', press: [/^Take the offer/] },
  { scene: 'taken-promise', path: RUN, shows: 'Taken: the work is waited for' },
  { scene: 'paying', path: RUN, shows: 'Timeline' },
  { scene: 'working', path: RUN, shows: 'Half of it.', press: [/^Report/] },
  {
    scene: 'money-under-way',
    path: RUN,
    shows: 'Once it has arrived, it is spent.',
    press: [/^Ask it to stop/],
  },
  { scene: 'unreconciled', path: RUN, shows: 'Finding out whether it was paid' },
  { scene: 'undelivered', path: RUN, shows: 'A late result is still taken.' },
  { scene: 'no-offer', path: RUN, shows: 'Timeline' },
  { scene: 'why-no-offer', path: RUN, shows: 'costs more than your limit' },
  { scene: 'hedge', path: RUN, shows: 'left aside', press: [/^1 offer that cannot/] },
  { scene: 'refunded', path: RUN, shows: 'Timeline' },
  { scene: 'result-opening', path: RUN, shows: 'Opening the result' },
  { scene: 'result-closed', path: RUN, shows: 'What came cannot be opened or read.' },
  { scene: 'text', path: RUN, shows: 'took a coin' },
  { scene: 'markdown', path: RUN, shows: 'a list' },
  { scene: 'json', path: RUN, shows: 'answer' },
  { scene: 'image', path: RUN, shows: 'Save as a file' },
  { scene: 'audio', path: RUN, shows: 'Save as a file' },
  { scene: 'video', path: RUN, shows: 'Save as a file' },
  { scene: 'list', path: RUN, shows: 'entries of a Nostr list' },
  { scene: 'events', path: RUN, shows: 'A note.' },
  { scene: 'signed-out', path: '#/wallet', shows: 'Sign in first' },
  {
    scene: 'token-of-stranger',
    path: '#/wallet',
    shows: 'Address of a mint',
    press: ['Take in a token'],
  },
  { scene: 'signed-in', path: '#/wallet', shows: 'Budget' },
  { scene: 'wallet-by-phone', path: '#/wallet', shows: 'On your phone' },
  { scene: 'ecash-none', path: '#/wallet', shows: 'Address of a mint' },
  { scene: 'ecash', path: '#/wallet', shows: 'Scan to pay' },
  { scene: 'signed-out', path: '#/you', shows: 'Just look' },
  ...['Browser extension', 'Signer app or bunker', 'New here? Make a key', 'Encrypted key', 'Just look'].map(
    (way) => ({
      scene: 'signed-out',
      path: '#/you',
      shows: 'Just look',
      press: [new RegExp(`^${way.replace('?', '.')}`)],
    }),
  ),
  { scene: 'signing-in', path: '#/you', shows: 'Copy the link' },
  { scene: 'stuck', path: '#/you', shows: 'Your key is locked' },
  { scene: 'stuck', path: '#/you', shows: 'Your key is locked', press: ['Sign out'] },
  { scene: 'key-here', path: '#/you', shows: 'Ask it to keep your key' },
  { scene: 'signed-in', path: '#/you', shows: 'Your books in this browser' },
  { scene: 'signed-out', path: '#/workbench', shows: 'Sign in to work here' },
  { scene: 'signed-in', path: '#/workbench', shows: 'Nothing announced yet' },
  { scene: 'signed-out', path: '#/workbench/skills', shows: 'Sign in to work here' },
  { scene: 'signed-out', path: '#/workbench/earnings', shows: 'Sign in to work here' },
  { scene: 'signed-out', path: JOB, shows: 'Sign in to work here' },
  { scene: 'workbench', path: '#/workbench', shows: 'To answer' },
  { scene: 'workbench', path: '#/workbench/skills', shows: 'As customers see it' },
  { scene: 'workbench', path: '#/workbench/earnings', shows: 'earned in all' },
  { scene: 'bench-closed', path: '#/workbench', shows: 'The workbench is not open' },
  { scene: 'bench-closed-empty', path: JOB, shows: 'The workbench is not open' },
  { scene: 'bench-closed-empty', path: '#/workbench/skills', shows: 'The workbench is not open' },
  { scene: 'bench-owing', path: '#/workbench', shows: 'You owe customers' },
  { scene: 'signed-out', path: '#/workbench/server', shows: 'Put the sign up' },
  { scene: 'signed-in', path: '#/workbench/server', shows: 'Take down' },
  {
    scene: 'signed-in',
    path: '#/workbench/server',
    shows: 'Take down',
    press: [/^Change/, 'Add a condition', 'Put the sign up'],
  },
  { scene: 'job-unpayable', path: JOB, shows: 'This customer pays nothing before you begin' },
  { scene: 'job-agreed', path: JOB, shows: 'This was agreed on with an earlier step' },
  { scene: 'job-offered', path: JOB, shows: 'It stands until' },
  { scene: 'job-working', path: JOB, shows: 'Your work' },
  { scene: 'job-submitted', path: JOB, shows: 'Handed over:' },
  { scene: 'job-cancelled', path: JOB, shows: 'What you wrote for it' },
  { scene: 'job-unpaid', path: JOB, shows: 'Nobody has paid for it.' },
  { scene: 'job-delivered', path: JOB, shows: 'No review yet.' },
  { scene: 'job-complained', path: JOB, shows: 'The customer complains', press: ['Give money back'] },
  { scene: 'job-lost', path: JOB, shows: 'the locked money did not become yours' },
  { scene: 'job-asked', path: JOB, shows: 'to say yes.' },
  { scene: 'signed-in', path: '#/nowhere', shows: 'There is no such page' },
];

/** Presses the first thing of that name that is not pressed yet. */
export async function pressed(page: Page, name: string | RegExp): Promise<void> {
  const box = page.getByRole('checkbox', { name, checked: false });
  const button = page.getByRole('button', { name });
  const summary = page.locator('summary', { hasText: name });
  await box.or(button).or(summary).first().click();
}
