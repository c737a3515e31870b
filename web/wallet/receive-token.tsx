import { Button, Textarea } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import type { Msat } from '../../src/protocol/index.ts';
import { Fault, Notice, useCall, useSats, Wait } from '../app/index.ts';
import { useEcashText } from './ecash.strings.en.ts';
import css from './ecash.module.css';

/** Takes in ecash that somebody gave as a text. */
export function ReceiveToken() {
  const text = useEcashText();
  const sats = useSats();
  const taking = useCall('ecash.receive');
  const [token, setToken] = useState('');
  const [cameIn, setCameIn] = useState<Msat | null>(null);
  /** The mint of the token, where it is to be trusted first. */
  const [unknownMint, setUnknownMint] = useState<string | null>(null);
  const trimmed = token.trim();
  const isBad = trimmed !== '' && !/^cashu[AB]/.test(trimmed);
  const take = async (event: FormEvent) => {
    event.preventDefault();
    setCameIn(null);
    setUnknownMint(null);
    const taken = await taking.ask({ token: trimmed });
    if (taken === null) return;
    if (taken.ok) {
      setToken('');
      setCameIn(taken.value.amountMsat);
      return;
    }
    const mintUrl: unknown = taken.failure.data?.['mintUrl'];
    if (taken.failure.code === 'untrusted-mint' && typeof mintUrl === 'string') setUnknownMint(mintUrl);
  };
  return (
    <details className={css['receive']}>
      <summary>{text('receive')}</summary>
      <form className={css['form']} onSubmit={(event) => void take(event)}>
        <Textarea
          label={text('token')}
          description={text('receive-about')}
          autoComplete="off"
          rows={3}
          placeholder="cashuB…"
          value={token}
          error={isBad ? text('token-bad') : null}
          onChange={(event) => setToken(event.currentTarget.value)}
        />
        {taking.askedAt === null ? (
          <Button type="submit" variant="default" disabled={trimmed === '' || isBad}>
            {text('receive-go')}
          </Button>
        ) : (
          <Wait title={text('receiving')} since={taking.askedAt} usualSeconds={2} />
        )}
        {unknownMint !== null && (
          <Notice tone="warn">{text('trust-first', { mint: unknownMint.slice(0, 200) })}</Notice>
        )}
        {taking.failure !== null && unknownMint === null && <Fault failure={taking.failure} />}
        {cameIn !== null && <Notice tone="good">{text('received', { amount: sats(cameIn) })}</Notice>}
      </form>
    </details>
  );
}
