import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Stepper, type Next } from './stepper.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const FOREVER = { wakeInMs: Infinity };

function never(error: unknown): never {
  throw error;
}

test('steps run one at a time, and many pokes before one begins are one', async () => {
  let running = 0;
  let steps = 0;
  const stepper = new Stepper(async (): Promise<Next> => {
    running += 1;
    expect(running).toBe(1);
    await Promise.resolve();
    running -= 1;
    steps += 1;
    return FOREVER;
  }, never);
  for (let poke = 0; poke < 10; poke++) stepper.poke();
  await vi.waitFor(() => expect(steps).toBe(1), { timeout: 20_000 });
  stepper.poke();
  await vi.waitFor(() => expect(steps).toBe(2), { timeout: 20_000 });
  await stepper.stop();
});

test('goes on at once, later, or never again, as the step says', async () => {
  const script: Next[] = ['again', { wakeInMs: 5000 }, 'again', 'done'];
  let steps = 0;
  const stepper = new Stepper(async () => {
    const next = script[steps];
    steps += 1;
    return next ?? never(new Error('stepped after the end'));
  }, never);
  stepper.poke();
  await vi.advanceTimersByTimeAsync(4999);
  expect(steps).toBe(2);
  await vi.advanceTimersByTimeAsync(1);
  expect(steps).toBe(4);
  stepper.poke();
  await vi.advanceTimersByTimeAsync(100_000);
  expect(steps).toBe(4);
});

test('a step that throws is told and tried again with growing pauses', async () => {
  const faults: unknown[] = [];
  const stepper = new Stepper(
    () => Promise.reject(new Error('disk full')),
    (fault) => faults.push(fault),
  );
  stepper.poke();
  await vi.advanceTimersByTimeAsync(0);
  expect(faults).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1000);
  expect(faults).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1999);
  expect(faults).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1);
  expect(faults).toHaveLength(3);
  await stepper.stop();
  await vi.advanceTimersByTimeAsync(1_000_000);
  expect(faults).toHaveLength(3);
});

test('a step that never comes to rest is a bug that is told, not a busy loop', async () => {
  const faults: unknown[] = [];
  let steps = 0;
  const stepper = new Stepper(
    async () => {
      steps += 1;
      return 'again';
    },
    (fault) => faults.push(fault),
  );
  stepper.poke();
  await vi.advanceTimersByTimeAsync(0);
  expect({ steps, faults: faults.length }).toEqual({ steps: 100, faults: 1 });
  await stepper.stop();
});
