export {
  withdrawalCostMsat,
  type BalanceAccount,
  type BalancesLedger,
  type BalanceTold,
  type BalanceWithdrawal,
  type NewBalanceWithdrawal,
  type NewTopUp,
  type TopUp,
  type WithdrawalEnd,
} from './balances.ts';
export type { ClientBooks, ClientReceipt } from './client-books.ts';
export type { Duties } from './duties.ts';
export type { Checkpoint, Ledger } from './ledger.ts';
export type { Order } from './order.ts';
export type { OrdersLedger } from './orders.ts';
export type { Outbox, OutboxRow, OutgoingEvent } from './outbox.ts';
export { pumpOutbox, type OutboxPump, type RelayAnswer } from './outbox-pump.ts';
export { BALANCE_PURPOSES, type Prepaid, type PrepaidLedger, type PrepaidWithdrawal } from './prepaid.ts';
export type {
  Approval,
  ApprovalMode,
  ChosenOffer,
  IdempotencyKey,
  JobPayment,
  NewPurchase,
  Purchase,
  PurchaseChange,
  PurchasesLedger,
  ReserveFailureCode,
} from './purchases.ts';
export type {
  CustomerRecord,
  OpenSales,
  OwingSales,
  Sale,
  SaleChange,
  SaleFailureCode,
  SaleGoodwill,
  SaleQuote,
  SaleReceipt,
  SaleRefund,
  SalesLedger,
  SalesPage,
} from './sales.ts';
export {
  ECASH_PURPOSE,
  type OutgoingPayment,
  type SpendingCaps,
  type SpendingLedger,
  type Spent,
} from './spending.ts';
export {
  ACCOUNTS,
  entries,
  transfer,
  trialBalance,
  type JournalAccount,
  type JournalEntry,
  type JournalStep,
  type Posting,
} from './journal/entries.ts';
export { journalOfPayment, journalOfPurchase } from './journal/purchase-journal.ts';
export { journalOfPrepaidWithdrawal, journalOfTopUp } from './journal/balance-journal.ts';
export { journalOfSale } from './journal/sale-journal.ts';
export { ALLOWED_PAIRS, UNPAID_WORK_MODES } from './exchange-pairs.ts';
export {
  isFinalWork,
  mayMove,
  MONEY_MOVES,
  ORDER_MOVES,
  PAYMENT_MOVES,
  PURCHASE_MOVES,
  WORK_MOVES,
  type MoneyState,
  type OrderState,
  type PaymentState,
  type PurchaseState,
  type WorkState,
} from './states.ts';
