export { openAccount, type Account, type AccountOptions } from './account.ts';
