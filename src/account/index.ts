export { openAccount, type Account, type AccountOptions } from './account.ts';
export { writeBackup, type BackupFailureCode, type BackupOptions } from './backup/backup.ts';
export {
  CONNECTIONS_FILE,
  restoreBackup,
  type Restored,
  type RestoreFailureCode,
  type RestoreOptions,
} from './backup/restore.ts';
export { isFreshlyRestored, type RestoredReport } from './backup/restored.ts';
export { totalBooks, type BookedItem } from './books.ts';
export type { AccountEcash } from './ecash.ts';
export type { TrustedMints } from './open-ecash.ts';
export { forwardEarnings, type ForwardOptions, type ForwardRule } from './forward.ts';
export { keyListFile } from './key-list-file.ts';
export { NAMED_KEYS_DIR } from './named-key.ts';
export { owedMsat } from './owed.ts';
export { EXPLANATIONS, type DifferenceCode, type Finding, type Standing } from './reconcile/difference.ts';
export { reconcile, type Reconciliation, type ReconcileOptions } from './reconcile/reconcile.ts';
export {
  withdraw,
  type Withdrawal,
  type WithdrawalFailureCode,
  type WithdrawalOrder,
  type WithdrawalParts,
} from './withdraw.ts';
