/** What the exit code of a command says, so that scripts need not read the words. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  noOffer: 3,
  overBudget: 4,
  paidUndelivered: 5,
  relays: 6,
  unreconciled: 7,
  /** Ended by Ctrl-C, as shells count it. */
  interrupted: 130,
  /** The same by a second SIGTERM. */
  terminated: 143,
} as const;

/** One of the exit codes. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_FAILURE: Readonly<Record<string, ExitCode>> = {
  'no-offer': EXIT.noOffer,
  'offers-failed': EXIT.noOffer,
  refunded: EXIT.noOffer,
  'provider-failed': EXIT.noOffer,
  'not-approved': EXIT.noOffer,
  'approval-needed': EXIT.noOffer,
  'offer-unknown': EXIT.noOffer,
  'offer-not-takeable': EXIT.noOffer,
  'not-waiting': EXIT.noOffer,
  'step-not-agreed': EXIT.noOffer,
  'step-too-early': EXIT.noOffer,
  'over-budget': EXIT.overBudget,
  'above-max': EXIT.overBudget,
  undelivered: EXIT.paidUndelivered,
  'reveal-broken': EXIT.paidUndelivered,
  'result-unreadable': EXIT.paidUndelivered,
  disagreement: EXIT.paidUndelivered,
  'no-answer': EXIT.paidUndelivered,
  'resend-refused': EXIT.paidUndelivered,
  unreadable: EXIT.paidUndelivered,
  'request-refused': EXIT.relays,
  'no-relays': EXIT.relays,
  'relays-unreachable': EXIT.relays,
  unreconciled: EXIT.unreconciled,
  'books-differ': EXIT.unreconciled,
  'restored-unreconciled': EXIT.unreconciled,
  'payment-unknown': EXIT.unreconciled,
  'withdrawal-open': EXIT.unreconciled,
  cancelled: EXIT.interrupted,
  interrupted: EXIT.interrupted,
  'invalid-wish': EXIT.usage,
  'invalid-order': EXIT.usage,
  'invalid-review': EXIT.usage,
  'invalid-reason': EXIT.usage,
  'encryption-needs-one-target': EXIT.usage,
  'key-used': EXIT.usage,
  'job-ambiguous': EXIT.usage,
  'malformed-pubkey': EXIT.usage,
  'invalid-config': EXIT.usage,
  'key-list-unreadable': EXIT.usage,
  'confirmation-missing': EXIT.usage,
  'invalid-amount': EXIT.usage,
  'secret-in-config': EXIT.usage,
  'invalid-argument': EXIT.usage,
  'malformed-recipient': EXIT.usage,
  'unreadable-input': EXIT.usage,
  'input-missing': EXIT.usage,
};

/** The exit code of a failure; `failed` where nothing more precise fits. */
export function exitCodeOf(code: string): ExitCode {
  return BY_FAILURE[code] ?? EXIT.failed;
}
