import '@mantine/core/styles/InlineInput.css';
import '@mantine/core/styles/Radio.css';
import { Button, Radio } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { satsToMsat, type Msat } from '../../src/protocol/index.ts';
import { Dialog, DialogAnswers, Fault, Notice, useCall, useSats, Wait } from '../app/index.ts';
import type { EcashMint } from '../engine/index.ts';
import { hostOf } from './mint-name.ts';
import { SatsField, writtenMsat } from './sats-field.tsx';
import { useEcashText } from './ecash.strings.en.ts';
import css from './ecash.module.css';

/** Takes ecash out of one mint: to the connected wallet, or as a token. */
export function TakeOut({
  mint,
  isPaidByItself,
  onDone,
}: {
  readonly mint: EcashMint;
  /** A wallet is connected that makes invoices. */
  readonly isPaidByItself: boolean;
  readonly onDone: () => void;
}) {
  const text = useEcashText();
  const sats = useSats();
  const taking = useCall('ecash.take-out');
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const [written, setWritten] = useState('');
  const [to, setTo] = useState<'wallet' | 'token'>(isPaidByItself ? 'wallet' : 'token');
  const amountMsat = writtenMsat(written, mint.amountMsat);
  const take = async (event: FormEvent) => {
    event.preventDefault();
    if (amountMsat === null) return;
    const taken = await taking.ask({
      mintUrl: mint.url,
      amountMsat,
      to,
      feeLimitMsat: mostKept(amountMsat),
      // Another amount, or another way, is another payment.
      idempotencyKey: `${idempotencyKey} ${amountMsat} ${to}`,
    });
    if (taken?.ok === true) onDone();
  };
  return (
    <Dialog title={text('take-out-title', { mint: hostOf(mint.url) })} onClose={onDone}>
      <form className={css['form']} onSubmit={(event) => void take(event)}>
        <SatsField written={written} mostMsat={mint.amountMsat} onWrite={setWritten} />
        <Radio.Group
          label={text('take-out-how')}
          value={to}
          onChange={(way) => setTo(way === 'wallet' ? 'wallet' : 'token')}
        >
          <div className={css['radios']}>
            <Radio
              value="wallet"
              label={text('to-wallet')}
              description={isPaidByItself ? undefined : text('by-wallet-none')}
              disabled={!isPaidByItself}
            />
            <Radio value="token" label={text('to-token')} />
          </div>
        </Radio.Group>
        {to === 'token' ? (
          <Notice tone="warn">{text('token-warning')}</Notice>
        ) : (
          amountMsat !== null && (
            <p className={css['hint']}>{text('take-out-fee', { amount: sats(mostKept(amountMsat)) })}</p>
          )
        )}
        {taking.failure !== null && <Fault failure={taking.failure} />}
        {taking.askedAt === null ? (
          <DialogAnswers>
            <Button variant="default" onClick={onDone}>
              {text('cancel')}
            </Button>
            <Button type="submit" disabled={amountMsat === null}>
              {text(to === 'wallet' ? 'take-out-go' : 'token-go')}
            </Button>
          </DialogAnswers>
        ) : (
          <Wait
            title={text(to === 'wallet' ? 'taking-title' : 'making-title')}
            since={taking.askedAt}
            usualSeconds={3}
          />
        )}
      </form>
    </Dialog>
  );
}

const LEAST_KEPT_MSAT = satsToMsat(5);

/** What the mint may keep for the way: a fiftieth, 5 sat at least. */
function mostKept(amountMsat: Msat): Msat {
  const share = satsToMsat(Number((amountMsat / 50n + 999n) / 1000n));
  return share > LEAST_KEPT_MSAT ? share : LEAST_KEPT_MSAT;
}
