import { failure, success, type Outcome } from '../protocol/index.ts';
import type { ModelEndpoint } from '../services/index.ts';

/**
 * The OpenAI-compatible endpoint named by `COINOP_MODEL_URL`, `COINOP_MODEL` and `COINOP_MODEL_KEY`, or
 * `null` when none is. Takes the key out of the environment. Fails with `invalid-config`.
 */
export function modelFromEnv(env: NodeJS.ProcessEnv): Outcome<ModelEndpoint | null> {
  const { COINOP_MODEL_URL: baseUrl, COINOP_MODEL: model, COINOP_MODEL_KEY: apiKey } = env;
  delete env['COINOP_MODEL_KEY'];
  if (!baseUrl) return success(null);
  if (!URL.canParse(baseUrl)) return failure('invalid-config', 'COINOP_MODEL_URL is not a URL.');
  if (!model) return failure('invalid-config', 'COINOP_MODEL_URL needs COINOP_MODEL, the name of the model.');
  return success({ baseUrl, model, ...(apiKey ? { apiKey } : {}) });
}
