import { Button } from '@mantine/core';
import { useState } from 'react';
import { Fault, useCall } from '../app/index.ts';
import type { JobState, PartShown } from '../engine/index.ts';
import { useWorkText } from './strings.en.ts';
import css from './workbench.module.css';

/** Shows the customer a part of the work, and says how much of it can be read, before and after. */
export function ShowPart({ job, content }: { readonly job: JobState; readonly content: string }) {
  const text = useWorkText();
  const showing = useCall('work.send-partial');
  const [said, setSaid] = useState<string | null>(null);
  const saidOf = ({ shownChars: count, leftChars }: PartShown): string => {
    if (count === 0) return text('part-none');
    if (count >= content.length || leftChars === null) return text('part-all');
    const more = leftChars === 0 ? text('part-no-more') : text('part-left', { count: leftChars });
    return `${text('part-some', { count })} ${more}`;
  };
  const show = async () => {
    setSaid(null);
    const sent = await showing.ask({ requestId: job.row.requestId, content });
    if (sent?.ok === true) setSaid(saidOf(sent.value));
  };
  return (
    <div className={css['part']}>
      <Button
        size="xs"
        variant="default"
        disabled={content.trim() === '' || showing.askedAt !== null}
        onClick={() => void show()}
      >
        {text('send-part')}
      </Button>
      <p className={css['dim']} role="status">
        {said ?? text(isReadWhole(job.sale) ? 'part-whole-about' : 'part-about', PARTS)}
      </p>
      {showing.failure !== null && <Fault failure={showing.failure} />}
    </div>
  );
}

/** So much of a work is shown at most as long as its money can go back. */
const PARTS = { most: 1000 };

/** Whether the customer may read everything before it is delivered: the money cannot go back any more, or there is none. */
function isReadWhole({ exchange, money, quote }: JobState['sale']): boolean {
  return (
    exchange === 'free' || exchange === 'postpay' || (money === 'settled' && quote?.isKeptOnceBegun === true)
  );
}
