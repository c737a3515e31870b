export { openBank, PLAY_MONEY_ALIAS, type Bank, type BankOptions, type BankStats } from './bank.ts';
export { BANK_CHECKPOINTS, type BankCheckpoint } from './checkpoint.ts';
