import { describe, expect, it } from 'vitest';
import type { NostrEvent } from '../protocol/index.ts';
import { createCancellations, type Cancellations, type HeldRequest } from './cancellations.ts';

function event(id: string, pubkey: string, named: readonly string[] = []): NostrEvent {
  return { id, pubkey, kind: 5, created_at: 0, tags: named.map((name) => ['e', name]), content: '', sig: '' };
}

function held(cancellations: Cancellations, id: string, pubkey: string): HeldRequest {
  const request = cancellations.hold(event(id, pubkey));
  if (request === null) throw new Error('It is held already.');
  return request;
}

describe('a withdrawal', () => {
  it('counts when it comes before its request, and while that is judged', () => {
    const cancellations = createCancellations();
    cancellations.note(event('c1', 'alice', ['early', 'other']));
    expect(held(cancellations, 'early', 'alice').isCancelled()).toBe(true);
    const request = held(cancellations, 'judged', 'alice');
    expect(request.isCancelled()).toBe(false);
    cancellations.note(event('c2', 'alice', ['judged']));
    expect(request.isCancelled()).toBe(true);
  });

  it('of somebody else counts never', () => {
    const cancellations = createCancellations();
    cancellations.note(event('c1', 'mallory', ['early']));
    expect(held(cancellations, 'early', 'alice').isCancelled()).toBe(false);
    const request = held(cancellations, 'judged', 'alice');
    cancellations.note(event('c2', 'mallory', ['judged']));
    expect(request.isCancelled()).toBe(false);
  });

  it('of one author takes the room of its own earlier ones, not that of others', () => {
    const cancellations = createCancellations();
    cancellations.note(event('c', 'alice', ['hers']));
    for (let sent = 0; sent < 2000; sent += 1) {
      const named = Array.from({ length: 20 }, (_, place) => `${sent}-${place}`);
      cancellations.note(event(`c${sent}`, 'mallory', named));
    }
    expect(held(cancellations, 'hers', 'alice').isCancelled()).toBe(true);
    expect(held(cancellations, '0-0', 'mallory').isCancelled()).toBe(false);
    expect(held(cancellations, '1999-19', 'mallory').isCancelled()).toBe(true);
  });

  it('is not forgotten in a flood once its request is there', () => {
    const cancellations = createCancellations();
    const request = held(cancellations, 'judged', 'alice');
    cancellations.note(event('c', 'alice', ['judged']));
    cancellations.note(event('c', 'alice', ['early']));
    for (let sent = 0; sent < 20_000; sent += 1) cancellations.note(event('c', `key ${sent}`, [`${sent}`]));
    expect(request.isCancelled()).toBe(true);
    expect(held(cancellations, 'early', 'alice').isCancelled()).toBe(false);
  });

  it('is looked for once for each request at a time', () => {
    const cancellations = createCancellations();
    const request = held(cancellations, 'judged', 'alice');
    expect(cancellations.hold(event('judged', 'alice'))).toBe(null);
    request.release();
    expect(cancellations.hold(event('judged', 'alice'))).not.toBe(null);
  });
});
