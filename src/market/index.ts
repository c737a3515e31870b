export { marketBooksPath } from './services.ts';
export { marketConnectionsPath, marketWalletUri, type WalletRole } from './connections.ts';
export { buyFirstSale, type FirstBuyer, type FirstSale, type SaleStep } from './first-sale.ts';
export { startMarket, type Market, type MarketOptions, type MarketPart } from './market.ts';
export { findMarket, type RunningMarket } from './market-file.ts';
