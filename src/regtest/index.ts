export { openBank, type Bank, type BankOptions, type BankStats } from './bank.ts';
export { BANK_CHECKPOINTS, type BankCheckpoint } from './checkpoint.ts';
export { openMint, type Mint, type MintOptions } from './mint/mint.ts';
