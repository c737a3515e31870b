import '@mantine/core/styles/InlineInput.css';
import '@mantine/core/styles/Radio.css';
import { Button, Radio } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { satsToMsat } from '../../src/protocol/index.ts';
import { Dialog, DialogAnswers, Fault, useCall, useSats, useTopic, Wait } from '../app/index.ts';
import type { EcashMint } from '../engine/index.ts';
import { hostOf } from './mint-name.ts';
import { SatsField, writtenMsat } from './sats-field.tsx';
import { useEcashText } from './ecash.strings.en.ts';
import css from './ecash.module.css';

/** Buys ecash of one mint. Until it is done, the same dialog is the same purchase. */
export function TopUp({
  mint,
  paysByItself,
  onDone,
}: {
  readonly mint: EcashMint;
  readonly paysByItself: boolean;
  readonly onDone: () => void;
}) {
  const text = useEcashText();
  const sats = useSats();
  const wallet = useTopic('wallet', null);
  const buying = useCall('ecash.top-up');
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const [written, setWritten] = useState('');
  const [payBy, setPayBy] = useState<'wallet' | 'phone'>(paysByItself ? 'wallet' : 'phone');
  const amountMsat = writtenMsat(written, null);
  const buy = async (event: FormEvent) => {
    event.preventDefault();
    if (amountMsat === null) return;
    const bought = await buying.ask({
      mintUrl: mint.url,
      amountMsat,
      payBy,
      // Another amount, or another way, is another purchase.
      idempotencyKey: `${idempotencyKey} ${amountMsat} ${payBy}`,
    });
    if (bought?.ok === true) onDone();
  };
  return (
    <Dialog title={text('top-up-title', { mint: hostOf(mint.url) })} onClose={onDone}>
      <form className={css['form']} onSubmit={(event) => void buy(event)}>
        <SatsField written={written} mostMsat={null} onWrite={setWritten} />
        <Radio.Group
          label={text('top-up-how')}
          value={payBy}
          onChange={(by) => setPayBy(by === 'wallet' ? 'wallet' : 'phone')}
        >
          <div className={css['radios']}>
            <Radio
              value="wallet"
              label={text('by-wallet')}
              description={paysByItself ? undefined : text('by-wallet-none')}
              disabled={!paysByItself}
            />
            <Radio value="phone" label={text('by-phone')} />
          </div>
        </Radio.Group>
        {payBy === 'wallet' && amountMsat !== null && (
          <p className={css['hint']}>
            {text('top-up-fee', { amount: sats(routeFeeOf(amountMsat)) })}
            {wallet?.budgetMsat != null && ` ${text('top-up-budget')}`}
          </p>
        )}
        {buying.failure !== null && <Fault failure={buying.failure} />}
        {buying.askedAt === null ? (
          <DialogAnswers>
            <Button variant="default" onClick={onDone}>
              {text('cancel')}
            </Button>
            <Button type="submit" disabled={amountMsat === null}>
              {text(payBy === 'wallet' ? 'top-up-go' : 'top-up-phone-go')}
            </Button>
          </DialogAnswers>
        ) : (
          <Wait title={text('buying-title')} since={buying.askedAt} usualSeconds={3} />
        )}
      </form>
    </Dialog>
  );
}

const LEAST_FEE_MSAT = satsToMsat(5);

/** What the engine lets the way to the mint cost: a hundredth, 5 sat at least. */
function routeFeeOf(amountMsat: bigint) {
  const share = satsToMsat(Number((amountMsat / 100n + 999n) / 1000n));
  return share > LEAST_FEE_MSAT ? share : LEAST_FEE_MSAT;
}
