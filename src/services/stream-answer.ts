import type { Outcome } from '../protocol/index.ts';
import type { JobProgress } from '../provider/index.ts';
import { askModel, type ModelEndpoint, type ModelFailureCode, type ModelPrompt } from './model-endpoint.ts';

/** Has a model answer a job: yields the answer so far as partial results, returns the whole, or why there is none. */
export async function* streamAnswer(
  endpoint: ModelEndpoint,
  prompt: ModelPrompt,
  signal: AbortSignal,
): AsyncGenerator<JobProgress, Outcome<string, ModelFailureCode>> {
  const asking = askModel(endpoint, prompt, signal);
  let step = await asking.next();
  try {
    while (!step.done) {
      yield { type: 'partial', content: step.value };
      step = await asking.next();
    }
  } finally {
    if (!step.done) await asking.return({ ok: true, value: '' });
  }
  return step.value;
}
