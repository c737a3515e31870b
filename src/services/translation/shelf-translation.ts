import * as z from 'zod';
import { failure, success } from '../../protocol/index.ts';
import { endpointMissing } from '../endpoint.ts';
import { modelEndpoint, ModelSettings } from '../model-settings.ts';
import { shelfService } from '../shelf-service.ts';
import { openLibreTranslate } from './libre-translate.ts';
import { modelTranslator } from './model-translator.ts';
import { translationService } from './translation.ts';

const MISSING = endpointMissing('libretranslate or model', 'a server that translates: { url = "…" }');

const LibreTranslate = z.strictObject({
  /** Up to and without `/translate`. */
  url: z.url({ protocol: /^https?$/ }),
  key_env: z.string().min(1).optional(),
});

/** Needs a LibreTranslate server, or a model. */
export const shelfTranslation = shelfService({
  name: 'translation',
  kind: 5002,
  about: 'Translations by a LibreTranslate server or a language model of yours.',
  settings: z.strictObject({
    libretranslate: LibreTranslate.optional(),
    model: ModelSettings.optional(),
    /** Into which languages the model translates well; LibreTranslate tells itself. */
    languages: z.array(z.string()).optional(),
  }),
  missing: async ({ libretranslate, model }) => (libretranslate || model ? null : MISSING),
  async open({ libretranslate, model, languages }, { signal }) {
    if (model) return success(translationService(modelTranslator(modelEndpoint(model), languages ?? null)));
    if (!libretranslate) return failure(MISSING.code, MISSING.message, MISSING.data);
    const { url, key_env: variable } = libretranslate;
    const source = variable === undefined ? {} : { apiKeyFrom: { env: variable } };
    const translator = await openLibreTranslate({ baseUrl: url, ...source }, signal);
    return translator.ok ? success(translationService(translator.value)) : translator;
  },
});
