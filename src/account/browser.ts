/** What of an account runs in a browser as well: a door of its own, for workers. */
export type { AccountEcash, EcashOwner } from './ecash.ts';
export { openEcash, type OpenedEcash } from './open-ecash.ts';
