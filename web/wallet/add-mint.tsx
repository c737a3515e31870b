import { Button, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { Fault, PlayMoney, useCall, Wait } from '../app/index.ts';
import { useEcashText } from './ecash.strings.en.ts';
import css from './ecash.module.css';

/** Trusts a mint: the one of this market by a click, any other by its address. */
export function AddMint({
  offered,
  onAdded,
}: {
  readonly offered: string | null;
  readonly onAdded: () => void;
}) {
  const text = useEcashText();
  const trusting = useCall('ecash.add-mint');
  const [url, setUrl] = useState('');
  const trust = async (mintUrl: string) => {
    const trusted = await trusting.ask({ url: mintUrl });
    if (trusted?.ok !== true) return;
    setUrl('');
    onAdded();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void trust(url.trim());
  };
  const isBusy = trusting.askedAt !== null;
  return (
    <div className={css['add']}>
      {offered !== null && (
        <div className={css['offered']}>
          <div>
            <strong>{text('host-mint')}</strong> <PlayMoney />
            <p className={css['hint']}>{text('host-mint-about')}</p>
          </div>
          <Button disabled={isBusy} onClick={() => void trust(offered)}>
            {text('trust-host')}
          </Button>
        </div>
      )}
      <form className={css['form']} onSubmit={submit}>
        <TextInput
          label={text('mint-address')}
          description={text('mint-address-about')}
          type="url"
          autoComplete="off"
          placeholder="https://"
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" disabled={isBusy || url.trim() === ''}>
          {text('trust-mint')}
        </Button>
      </form>
      {trusting.askedAt !== null && <Wait title={text('asking')} since={trusting.askedAt} usualSeconds={2} />}
      {trusting.failure !== null && <Fault failure={trusting.failure} />}
    </div>
  );
}
