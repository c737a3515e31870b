import { Button, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { satsToMsat } from '../../src/protocol/index.ts';
import { Fault, Notice, Panel, useCall, useSats } from '../app/index.ts';
import type { WalletState } from '../engine/index.ts';
import { useWalletText } from './strings.en.ts';
import css from './wallet.module.css';

/** How much may leave the wallet without being asked, and how much of it has. */
export function Budget({ wallet }: { readonly wallet: WalletState }) {
  const text = useWalletText();
  const set = useCall('wallet.set-budget');
  const [sats, setSats] = useState('');
  const trimmed = sats.trim();
  const isBad = trimmed !== '' && !/^[1-9]\d{0,11}$/.test(trimmed);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const done = await set.ask({ budgetMsat: satsToMsat(Number(trimmed)) });
    if (done?.ok === true) setSats('');
  };
  if (wallet.by === 'qr')
    return (
      <Panel title={text('budget-title')}>
        <p>{text('budget-phone')}</p>
      </Panel>
    );
  return (
    <Panel title={text('budget-title')}>
      {wallet.budgetMsat === null ? (
        <p>{text('budget-none')}</p>
      ) : (
        <Spent budgetMsat={wallet.budgetMsat} spentMsat={wallet.spentMsat} />
      )}
      <form className={css['budget']} onSubmit={(event) => void save(event)}>
        <TextInput
          label={text('budget-amount')}
          description={text('budget-about')}
          inputMode="numeric"
          autoComplete="off"
          value={sats}
          error={isBad ? text('budget-bad') : null}
          onChange={(event) => setSats(event.currentTarget.value)}
        />
        <div className={css['row']}>
          <Button type="submit" disabled={trimmed === '' || isBad || set.askedAt !== null}>
            {text('budget-set')}
          </Button>
          {wallet.budgetMsat !== null && (
            <Button
              variant="default"
              disabled={set.askedAt !== null}
              onClick={() => void set.ask({ budgetMsat: null })}
            >
              {text('budget-off')}
            </Button>
          )}
        </div>
      </form>
      {set.failure !== null && <Fault failure={set.failure} />}
    </Panel>
  );
}

function Spent({
  budgetMsat,
  spentMsat,
}: {
  readonly budgetMsat: NonNullable<WalletState['budgetMsat']>;
  readonly spentMsat: WalletState['spentMsat'];
}) {
  const text = useWalletText();
  const sats = useSats();
  const share = budgetMsat === 0n ? 1 : Math.min(1, Number(spentMsat) / Number(budgetMsat));
  return (
    <>
      <svg className={css['meter']} viewBox="0 0 300 8" preserveAspectRatio="none" aria-hidden="true">
        <rect className={css['meterGround']} width="300" height="8" />
        <rect className={css['meterSpent']} data-full={share === 1} width={share * 300} height="8" />
      </svg>
      <p className={css['spent']}>
        {text('budget-spent', { spent: sats(spentMsat), budget: sats(budgetMsat) })}
      </p>
      {share === 1 && <Notice tone="warn">{text('budget-used-up')}</Notice>}
    </>
  );
}
