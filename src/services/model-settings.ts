import * as z from 'zod';
import type { ModelEndpoint } from './model-endpoint.ts';

const settings = {
  /** Up to and without `/chat/completions`. */
  url: z.url({ protocol: /^https?$/ }),
  model: z.string().min(1),
  /** The environment variable, or the file, that holds the API key. */
  key_env: z.string().min(1).optional(),
  key_file: z.string().min(1).optional(),
  timeout_seconds: z.number().positive().max(3600).optional(),
};

/** How `coinop.toml` names an OpenAI-compatible model: `model = { url = "…", model = "…", key_env = "…" }`. */
export const ModelSettings = z.strictObject(settings).refine((set) => !(set.key_env && set.key_file), {
  message: 'names both key_env and key_file; choose one',
});

/** The endpoint that the settings name. */
export function modelEndpoint(set: z.output<typeof ModelSettings>): ModelEndpoint {
  return {
    baseUrl: set.url,
    model: set.model,
    ...(set.key_env === undefined ? {} : { apiKeyFrom: { env: set.key_env } }),
    ...(set.key_file === undefined ? {} : { apiKeyFrom: { file: set.key_file } }),
    ...(set.timeout_seconds === undefined ? {} : { timeoutMs: set.timeout_seconds * 1000 }),
  };
}
