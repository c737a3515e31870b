export {
  requestAddressInvoice,
  type AddressInvoice,
  type AddressInvoiceFailureCode,
} from './address-invoice.ts';
export { encodeLnurl, parsePayAddress, type PayAddress } from './pay-address.ts';
export {
  resolvePayEndpoint,
  type PayClient,
  type PayEndpoint,
  type PayEndpointFailureCode,
} from './pay-endpoint.ts';
export {
  agreeOnZap,
  zap,
  type AgreedZap,
  type SentZap,
  type ZapAsker,
  type ZapFailureCode,
  type ZapOrder,
  type ZapSender,
} from './zap.ts';
export {
  findRecipient,
  type RecipientFailureCode,
  type RecipientFinder,
  type ZapRecipient,
} from './find-recipient.ts';
export { createPayServer, type PayRecipient, type PayServer, type PayServerOptions } from './pay-server.ts';
export { followZaps, type ZapFollower } from './follow-zaps.ts';
export { createMemoryZapRecords, type ZapChange, type ZapRecord, type ZapRecords } from './zap-records.ts';
