export type {
  LightningNetwork,
  PaymentRecord,
  Wallet,
  WalletCall,
  WalletCapabilities,
  WalletFailureCode,
  WalletNotification,
  WalletOutcome,
} from './wallet.ts';
