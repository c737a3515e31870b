export type { LightningNetwork } from '../protocol/index.ts';
export type {
  PaymentRecord,
  Wallet,
  WalletCall,
  WalletCapabilities,
  WalletFailureCode,
  WalletNotification,
  WalletOutcome,
} from './wallet.ts';
export { checkInvoice, type ExpectedInvoice, type InvoiceCheckCode } from './invoice-check.ts';
export { createNwcConnection, parseNwcUri } from './nwc-connection.ts';
export { NWC_METHODS, type NwcMethod } from './nwc-protocol.ts';
export { openNwcWallet, type NwcTimeouts } from './nwc-wallet.ts';
export { openLndWallet, type LndOptionsCode } from './lnd/lnd-wallet.ts';
export { openLnbitsWallet, type LnbitsOptionsCode } from './lnbits/lnbits-wallet.ts';
export { openWeblnWallet } from './webln/webln-wallet.ts';
export type { WalletFetch } from './wallet-server.ts';
export type {
  BudgetRenewal,
  ConnectionPayment,
  ConnectionPayments,
  NwcBudget,
  NwcConnections,
  NwcGrant,
  ReservationFailure,
} from './connections/contract.ts';
export { budgetState, type BudgetState } from './connections/budget.ts';
export { memoryNwcConnections } from './connections/memory.ts';
export { serveNwc } from './nwc-service.ts';
export { invoicesPerMinute } from './invoice-rate.ts';
export { lookupDirection } from './lookup-direction.ts';
export { isPayableUrl } from './payable-url.ts';
export { refusalReason } from './refusal-reason.ts';
export {
  payReserved,
  resumeReserved,
  type PaidProof,
  type PaymentFailureCode,
  type ReservedPayment,
} from './pay-reserved.ts';
export {
  createMemorySpendingLimits,
  feeLimitOf,
  type PaymentCaps,
  type Reservation,
  type SpendingLimits,
  type SpendingRefusal,
  type SpendingWish,
} from './spending.ts';
