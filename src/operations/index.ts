export { saleFacts, wholeSale, type SaleStep } from './admin/describe-sale.ts';
export { findSale, type FoundSale } from './find-sale.ts';
export {
  createLog,
  LOG_FORMATS,
  LOG_LEVELS,
  type Log,
  type LogFields,
  type LogFormat,
  type LogLevel,
  type LogOptions,
} from './log/log.ts';
export {
  parseAdminAddress,
  startOperations,
  type AdminAddress,
  type Operations,
  type OperationsOptions,
} from './operations.ts';
export type { SaleWatch } from './watch-sales.ts';
