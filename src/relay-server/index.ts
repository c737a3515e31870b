export {
  startRelayServer,
  type RelayServer,
  type RelayServerFailureCode,
  type RelayServerOptions,
} from './server.ts';
export type { RelayStats } from './relay.ts';
export { DEFAULT_LIMITS, type RelayLimits } from './limits.ts';
export type { RelayDescription, RelayInformation } from './information.ts';
