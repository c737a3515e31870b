import '@mantine/core/styles/InlineInput.css';
import '@mantine/core/styles/Checkbox.css';
import { Button, Checkbox, Textarea } from '@mantine/core';
import { useState } from 'react';
import { Fault, Icon, Notice, useCall, Wait } from '../app/index.ts';
import type { RunState } from '../engine/contract.ts';
import { useRunText } from './strings.en.ts';
import css from './run.module.css';

const STARS = [1, 2, 3, 4, 5] as const;

/** Says in public how good it was: stars and words, and that everybody sees them. */
export function ReviewForm({ run }: { readonly run: RunState }) {
  const text = useRunText();
  const asking = useCall('market.review');
  const [stars, setStars] = useState<number | null>(null);
  const [words, setWords] = useState('');
  const [agreed, setAgreed] = useState(false);
  const encrypted = run.purchase.request.tags.some(([tag]) => tag === 'encrypted');
  if (asking.askedAt !== null)
    return <Wait title={text('review-busy')} since={asking.askedAt} usualSeconds={2} />;
  const send = () => {
    if (stars === null) return;
    void asking.ask({
      requestId: run.purchase.requestId,
      rating: (stars - 1) / 4,
      content: words.slice(0, 1000),
      publicly: agreed,
    });
  };
  return (
    <form
      className={css['review']}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <fieldset className={css['stars']}>
        <legend>{text('review-stars')}</legend>
        {STARS.map((count) => (
          <label key={count} data-on={stars !== null && count <= stars}>
            <input
              type="radio"
              name="stars"
              className="said"
              checked={stars === count}
              onChange={() => setStars(count)}
            />
            <Icon name="star" filled={stars !== null && count <= stars} />
            <span className="said">{text('stars', { count })}</span>
          </label>
        ))}
      </fieldset>
      <Textarea
        label={text('review-words')}
        rows={2}
        maxLength={1000}
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
      />
      <p className={css['dim']}>
        {text('review-about')} {run.purchase.preimage !== null && text('review-proof')}
      </p>
      {encrypted && (
        <Notice tone="warn">
          {text('review-private')}
          <Checkbox
            label={text('review-private-agree')}
            checked={agreed}
            onChange={(event) => setAgreed(event.currentTarget.checked)}
          />
        </Notice>
      )}
      {asking.failure !== null && <Fault failure={asking.failure} />}
      <Button type="submit" variant="default" disabled={stars === null || (encrypted && !agreed)}>
        {text('review-send')}
      </Button>
    </form>
  );
}
