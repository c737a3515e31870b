import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { satsToMsat, type Msat } from '../../src/protocol/index.ts';
import {
  Ago,
  Dialog,
  DialogAnswers,
  FailureText,
  Fault,
  Panel,
  Sats,
  Untrusted,
  useCall,
} from '../app/index.ts';
import type { JobState, JobTrouble } from '../engine/index.ts';
import { useWorkText } from './strings.en.ts';
import css from './workbench.module.css';

/** What stands in the way of a job, what its customer complains of, and how money is given back for what was delivered. */
export function Aftermath({ job }: { readonly job: JobState }) {
  const text = useWorkText();
  const complaints = job.troubles.filter(isComplaint);
  const others = job.submitted ? [] : job.troubles.filter((trouble) => !isComplaint(trouble));
  const priceMsat = priceThatIsOurs(job);
  return (
    <>
      {others.length > 0 && (
        <Panel title={text('troubles')}>
          {others.map((trouble) => (
            <p key={trouble.code}>
              <FailureText failure={trouble} /> <At trouble={trouble} />
            </p>
          ))}
        </Panel>
      )}
      {(complaints.length > 0 || priceMsat !== null) && (
        <Panel title={text(complaints.length > 0 ? 'complaint' : 'give-back')}>
          {complaints.map((trouble) => (
            <p key={trouble.at}>
              {trouble.words === null || trouble.words.trim() === '' ? (
                text('complaint-wordless')
              ) : (
                <Untrusted max={500}>{trouble.words}</Untrusted>
              )}{' '}
              <At trouble={trouble} />
            </p>
          ))}
          {priceMsat !== null && <GiveBack requestId={job.row.requestId} priceMsat={priceMsat} />}
        </Panel>
      )}
    </>
  );
}

/** A customer's complaint about what it got, and nothing that went wrong here. */
export function isComplaint({ code }: JobTrouble): boolean {
  return code === 'complaint';
}

function At({ trouble: { at } }: { readonly trouble: JobTrouble }) {
  return (
    <span className={css['dim']}>
      <Ago at={at} />
    </span>
  );
}

/** The price that is ours of what was delivered; `null` where there is nothing that could be given back by hand. */
function priceThatIsOurs({ sale: { work, money, quote } }: JobState): Msat | null {
  const isDelivered = work === 'delivered' || work === 'closed';
  return isDelivered && money === 'settled' && quote !== null && quote.amountMsat > 0n
    ? quote.amountMsat
    : null;
}

/** Gives back what was paid, or a part: asked once more before it is, for it cannot be taken again. */
function GiveBack({ requestId, priceMsat }: { readonly requestId: string; readonly priceMsat: Msat }) {
  const text = useWorkText();
  const giving = useCall('work.refund');
  const [asks, setAsks] = useState(false);
  const [sats, setSats] = useState(String(priceMsat / 1000n));
  const isAmount = /^[1-9]\d{0,11}$/.test(sats.trim());
  const amountMsat = isAmount ? satsToMsat(Number(sats)) : null;
  const isWithin = amountMsat !== null && amountMsat <= priceMsat;
  return (
    <>
      <p className={css['dim']}>{text('give-back-about')}</p>
      <div>
        <Button size="xs" variant="default" loading={giving.askedAt !== null} onClick={() => setAsks(true)}>
          {text('give-back-some')}
        </Button>
      </div>
      {giving.failure !== null && <Fault failure={giving.failure} />}
      {asks && (
        <Dialog title={text('give-back-title')} onClose={() => setAsks(false)}>
          <p>
            {text('give-back-paid')} <Sats msat={priceMsat} />
          </p>
          <TextInput
            label={text('give-back-sats')}
            inputMode="numeric"
            value={sats}
            error={isWithin ? null : text('give-back-bad')}
            onChange={(event) => setSats(event.currentTarget.value)}
          />
          <p>{text('give-back-sure')}</p>
          <DialogAnswers>
            <Button variant="default" onClick={() => setAsks(false)}>
              {text('back')}
            </Button>
            <Button
              color="red"
              disabled={!isWithin}
              onClick={() => {
                setAsks(false);
                void giving.ask({ requestId, amountMsat });
              }}
            >
              {text('give-back-send')}
            </Button>
          </DialogAnswers>
        </Dialog>
      )}
    </>
  );
}
