import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { readBounded } from './bounded-body.ts';

it('keeps exactly the first bytes, however they were cut into chunks', async () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(chunks, fc.nat({ max: 20_000 }), async (sent, maxBytes) => {
      const heard: number[] = [];
      const whole = sent.flatMap((chunk) => [...chunk]);
      const { bytes, complete } = await readBounded(asStream(sent), maxBytes, (chunk) =>
        heard.push(...chunk),
      );
      expect([...bytes]).toEqual(whole.slice(0, maxBytes));
      expect(heard).toEqual([...bytes]);
      expect(complete).toBe(whole.length <= maxBytes);
    }),
  );
});

async function* asStream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
