import * as z from 'zod';
import { announcedParams, failure, success } from '../../protocol/index.ts';
import { service, type Service } from '../../provider/index.ts';
import { endpointMissing } from '../endpoint.ts';
import { modelContract, modelHandler, type ModelSale } from '../handlers/model.ts';
import { modelEndpoint, ModelSettings } from '../model-settings.ts';
import { shelfService } from '../shelf-service.ts';

const KIND = 5050;
const MISSING = endpointMissing('model', 'an OpenAI-compatible endpoint: { url = "…", model = "…" }');

/** Sells what a model writes (kind 5050), streaming it as partial results; the model and its bounds are announced. */
export function textGenerationService(sale: ModelSale): Service {
  const contract = modelContract(KIND, sale);
  return service({
    priceSats: 20,
    id: 'text-generation',
    kind: KIND,
    name: 'Text generation',
    about: `Lets the language model ${sale.endpoint.model} write.`,
    usualSeconds: 10,
    worstSeconds: 58,
    contract,
    params: announcedParams(contract),
    handler: modelHandler(KIND, sale),
  });
}

/** Needs a model. */
export const shelfTextGeneration = shelfService({
  name: 'text-generation',
  kind: KIND,
  about: 'Text that a language model of yours writes (any OpenAI-compatible endpoint).',
  settings: z.strictObject({
    model: ModelSettings.optional(),
    /** Instructions that every job is answered by. */
    system: z.string().optional(),
    max_tokens: z.number().int().positive().optional(),
  }),
  missing: async ({ model }) => (model === undefined ? MISSING : null),
  async open({ model, system, max_tokens: maxTokens }) {
    if (model === undefined) return failure(MISSING.code, MISSING.message, MISSING.data);
    return success(
      textGenerationService({
        endpoint: modelEndpoint(model),
        ...(system === undefined ? {} : { system }),
        ...(maxTokens === undefined ? {} : { maxTokens }),
      }),
    );
  },
});
