import type { Attack } from './attack.ts';
import { BROKEN_PROMISES } from './broken-promises.ts';
import { CLAIMED_PAYMENTS } from './claimed-payments.ts';
import { LYING_CUSTODIANS } from './lying-custodians.ts';
import { PREPAID_BALANCES } from './prepaid-balances.ts';
import { UNASKED_PAYMENTS } from './unasked-payments.ts';
import { WRONG_PAYMENTS } from './wrong-payments.ts';

/** Every attack on money that has been thought of, by a name that stays. */
export const ATTACKS: readonly (readonly [name: string, Attack])[] = [
  CLAIMED_PAYMENTS,
  WRONG_PAYMENTS,
  BROKEN_PROMISES,
  LYING_CUSTODIANS,
  PREPAID_BALANCES,
  UNASKED_PAYMENTS,
].flatMap((attacks) => Object.entries(attacks));
