import { describe, expect, it } from 'vitest';
import type { JobRequest } from '../../protocol/index.ts';
import { orThrow, parseJobRequest, success } from '../../protocol/index.ts';
import { createMeasureDesk } from './measure.ts';

function request(customer: string, number: number): JobRequest {
  const tags = [['i', `https://example.org/${number}`, 'url']];
  const facts = { id: `${customer}${number.toString(16).padStart(62, '0')}`, pubkey: customer.repeat(32) };
  return orThrow(
    parseJobRequest({ ...facts, kind: 5000, created_at: 1, tags, content: '', sig: '00'.repeat(64) }),
  );
}

describe('the desk that measures', () => {
  it('lets one customer with slow servers keep no place of the others', async () => {
    const answered = Promise.withResolvers<void>();
    const desk = createMeasureDesk(async () => {
      await answered.promise;
      return success({ contentType: 'text/plain', body: new TextEncoder().encode('a fox') });
    }, 1000);
    const { signal } = new AbortController();
    const slow = Array.from({ length: 20 }, (_, number) => desk.measure(request('aa', number), signal));
    const refused = await Promise.all(slow.slice(4));
    expect(refused.every((size) => !size.ok && size.failure.code === 'over-capacity')).toBe(true);
    const other = desk.measure(request('bb', 0), signal);
    answered.resolve();
    expect(await other).toMatchObject({ ok: true, value: { words: 2 } });
    expect((await Promise.all(slow.slice(0, 4))).every(({ ok }) => ok)).toBe(true);
    expect(await desk.measure(request('aa', 5), signal)).toMatchObject({ ok: true });
  });

  it('measures for sixteen at once', async () => {
    const answered = Promise.withResolvers<void>();
    const desk = createMeasureDesk(async () => {
      await answered.promise;
      return success({ contentType: 'text/plain', body: new Uint8Array(1) });
    }, 1000);
    const { signal } = new AbortController();
    const sizes = Array.from({ length: 17 }, (_, key) =>
      desk.measure(request((key + 16).toString(16), 0), signal),
    );
    expect(await sizes[16]).toMatchObject({ ok: false, failure: { code: 'over-capacity' } });
    answered.resolve();
    expect(await sizes[0]).toMatchObject({ ok: true });
  });
});
