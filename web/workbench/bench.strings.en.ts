import { roomStrings } from '../app/index.ts';

/** What the workbench says of itself: whether it is open, and what it owes. */
export const useBenchText = roomStrings(
  'workbench-bench',
  {
    closed: 'The workbench is not open',
    'closed-about':
      'Nothing new reaches you, and nothing that you do here is sent. Below is what your books knew last. Deadlines run on. It is tried again by itself.',
    'closed-retry': 'Try now',
    'hours-closed': 'not while the workbench is closed',
    'hours-closed-about': 'Requests that the relays keep come in once it is open.',
    'inbox-closed': 'What is asked now is not known here until the workbench is open.',
    mishap: 'Something went wrong on the workbench',
    'pays-only': 'Nobody can pay you into this wallet',
    'pays-only-about':
      'It pays for you. But a wallet in the browser (WebLN) or on a phone cannot be asked later whether you were paid, so you could only work for nothing. Connect one by NWC, or trust an ecash mint.',
    owed: 'You owe customers',
    'owed-about':
      'It was paid to you and is to go back. For most customers that takes a wallet that is connected by NWC, and here is none.',
    'to-wallet': 'To your wallet',
    'row-complaint': 'complaint',
    'row-trouble': 'something went wrong',
    'row-refund-due': 'to be paid back',
    'row-refunding': 'being paid back',
    'row-unclaimed': 'owed, not claimed',
    'row-unreconciled': 'money unclear',
  },
  { de: () => import('./bench.strings.de.ts') },
);
