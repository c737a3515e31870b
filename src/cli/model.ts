import { failure, success, type Outcome } from '../protocol/index.ts';
import type { ModelEndpoint } from '../services/index.ts';

const KEY_VARIABLE = 'COINOP_MODEL_KEY';

/**
 * The OpenAI-compatible endpoint named by `COINOP_MODEL_URL`, `COINOP_MODEL` and `COINOP_MODEL_KEY`, or
 * `null` when none is. The key stays in the environment, where it is read for each call. Fails with `invalid-config`.
 */
export function modelFromEnv(env: NodeJS.ProcessEnv): Outcome<ModelEndpoint | null> {
  const { COINOP_MODEL_URL: baseUrl, COINOP_MODEL: model } = env;
  if (!baseUrl) return success(null);
  if (!URL.canParse(baseUrl)) return failure('invalid-config', 'COINOP_MODEL_URL is not a URL.');
  if (!model) return failure('invalid-config', 'COINOP_MODEL_URL needs COINOP_MODEL, the name of the model.');
  const isKeyed = Boolean(env[KEY_VARIABLE]);
  return success({ baseUrl, model, ...(isKeyed ? { apiKeyFrom: { env: KEY_VARIABLE } } : {}) });
}
