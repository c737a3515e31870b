import { expect, it, onTestFinished } from 'vitest';
import { openHttpStage } from '../../../test/fixtures/http-stage.ts';
import { jobContext, resolvedInput, runJob } from '../../../test/fixtures/job-context.ts';
import { shelfTextGeneration, textGenerationService } from './text-generation.ts';

it('is sold under the name of its model, within the bounds of the operator', async () => {
  const asked: unknown[] = [];
  const server = await openHttpStage(async (request) => {
    asked.push(await request.json());
    const choice = { index: 0, message: { role: 'assistant', content: 'Paris.' }, finish_reason: 'stop' };
    return Response.json({
      id: '1',
      object: 'chat.completion',
      created: 1,
      model: 'small',
      choices: [choice],
    });
  });
  onTestFinished(() => server.close());
  const endpoint = { baseUrl: `${server.origin}/v1`, model: 'small' };
  const selling = textGenerationService({ endpoint, maxTokens: 99 });
  expect(selling).toMatchObject({ kind: 5050, about: 'Lets the language model small write.' });
  expect(selling.params?.get('model')?.values).toEqual(['small']);
  const question = resolvedInput('what is the capital of France?', { type: 'prompt' });
  const job = jobContext({ kind: 5050, inputs: [question], params: { 'top-p': ['0.7'] } });
  expect((await runJob(selling.handler, job)).content).toBe('Paris.');
  expect(asked).toMatchObject([{ model: 'small', max_tokens: 99, top_p: 0.7 }]);
});

it('is missing without a model', async () => {
  expect(await shelfTextGeneration.missing({})).toMatchObject({ code: 'endpoint-missing' });
  const model = { url: 'http://127.0.0.1:11434/v1', model: 'small' };
  expect(await shelfTextGeneration.missing({ model })).toBeNull();
});
