export { fastSecretKeySigner } from './node-fast-signer.ts';
export {
  loadOrCreateKeyFile,
  takeSecretKeyFromEnv,
  type KeyFile,
  type KeyFileFailure,
} from './node-key-file.ts';
