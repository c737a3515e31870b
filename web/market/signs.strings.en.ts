import { roomStrings } from '../app/index.ts';

/** How life and records are said. */
export const useSignsText = roomStrings(
  'signs',
  {
    announced: 'announced',
    heartbeat: 'running',
    replies: 'answers',
    delivers: 'delivers',
    'paid-and-delivered': 'paid and delivered',
    'new-record': 'New, 0 paid jobs',
    'paid-jobs_one': '{{count}} paid job',
    'paid-jobs_other': '{{count}} paid jobs',
    rated: '{{stars}} ★ from {{count}} who paid',
    'paid-undelivered': '{{count}} of yours paid, nothing good came',
    complaints: 'complaints by payers: {{count}}',
    'time-unknown': 'time unknown',
    'price-from': 'from {{price}}',
  },
  { de: () => import('./signs.strings.de.ts') },
);
