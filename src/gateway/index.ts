export { openGateway, type Gateway } from './gateway.ts';
export { listenForClients, type GatewayServer } from './listen.ts';
export type { GatewayBindings } from './app.ts';
export type { AddressResolver, GatewayLimits, GatewayOptions } from './context.ts';
export {
  GATEWAY_MOVES,
  type ClientPayment,
  type GatewayJob,
  type GatewayJobs,
  type GatewayReceipt,
  type GatewayState,
  type JobResult,
  type Quote,
} from './job.ts';
export type { JobOrder } from './job-order.ts';
export { readReceipts } from './receipts.ts';
export type { Margin } from './pricing.ts';
export { describeApi } from './openapi.ts';
