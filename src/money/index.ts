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
export { createNwcConnection } from './nwc-connection.ts';
export type { NwcMethod } from './nwc-protocol.ts';
export { openNwcWallet, type NwcTimeouts } from './nwc-wallet.ts';
export type { NwcClientAccess } from './nwc-request-gate.ts';
export { serveNwc } from './nwc-service.ts';
