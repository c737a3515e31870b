import { describe, expect, test } from 'vitest';
import { authored, CUSTOMER, hex32, PROVIDER } from '../../test/protocol/events.ts';
import { followUpTag, readFollowUp, type FollowUp } from './follow-up.ts';
import { chainLinks, MAX_CHAIN_DEPTH, orderChain } from './job-chain.ts';
import { parseJobRequest } from './job-request.ts';

const FOLLOW_UP: FollowUp = { requestId: hex32(1), offerId: hex32(2), step: 'milestone', number: 12 };
const TAG = followUpTag(FOLLOW_UP);

describe('the step that a request asks for', () => {
  test('is read back as it was written', () => {
    expect(TAG).toEqual(['continues', hex32(1), hex32(2), 'milestone', '12']);
    expect(readFollowUp([['i', 'x', 'text'], TAG, [...TAG.slice(0, 4), '3']])).toEqual(FOLLOW_UP);
  });

  test.each([
    ['no ids', ['continues', 'x', hex32(2), 'milestone', '2']],
    ['no offer', ['continues', hex32(1), '', 'milestone', '2']],
    ['another step', ['continues', hex32(1), hex32(2), 'chapter', '2']],
    ['no number', ['continues', hex32(1), hex32(2), 'revision']],
    ['a number below nothing', ['continues', hex32(1), hex32(2), 'revision', '-1']],
    ['a number without end', ['continues', hex32(1), hex32(2), 'revision', '1'.repeat(400)]],
    ['nothing', ['continues']],
  ])('is none with %s', (_, tag) => {
    expect(readFollowUp([tag])).toBeNull();
  });

  test('counts only where everybody can read it', () => {
    const sealed = (tags: string[][]) =>
      authored(CUSTOMER, {
        kind: 5050,
        created_at: 1,
        tags: [['p', PROVIDER], ['encrypted'], ...tags],
        content: 'AgAA',
      });
    const inner = JSON.stringify([['i', 'x', 'text'], TAG]);
    expect(parseJobRequest(sealed([]), inner)).toMatchObject({ value: { followUp: null } });
    expect(parseJobRequest(sealed([TAG]), '[]')).toMatchObject({ value: { followUp: FOLLOW_UP } });
  });

  test('is no link of a chain, since what it continues is done', () => {
    const requests = Array.from({ length: MAX_CHAIN_DEPTH + 2 }, (_, index) => ({
      ...authored(CUSTOMER, {
        kind: 5050,
        created_at: 1,
        tags: [['i', hex32(100 + index - 1), 'job'], ...(index === 0 ? [] : [TAG])],
        content: '',
      }),
      id: hex32(100 + index),
    }));
    const last = requests.at(-1)?.id ?? '';
    expect(orderChain(last, chainLinks(requests))).toEqual({ ok: true, value: [last] });
    const ordinary = requests.map(({ tags, ...rest }) => ({ ...rest, tags: tags.slice(0, 1) }));
    expect(orderChain(last, chainLinks(ordinary))).toMatchObject({ failure: { code: 'chain-too-deep' } });
  });
});
