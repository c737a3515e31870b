import { Button, Textarea } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import type { Msat } from '../../src/protocol/index.ts';
import { Fault, Notice, revealHidden, useCall, useSats, Wait } from '../app/index.ts';
import { useEcashText } from './ecash.strings.en.ts';
import css from './ecash.module.css';

/** Longer addresses are of no mint that can be trusted. */
const MAX_URL_CHARS = 300;

/** Takes in ecash that somebody gave as a text. */
export function ReceiveToken() {
  const text = useEcashText();
  const sats = useSats();
  const taking = useCall('ecash.receive');
  const trusting = useCall('ecash.add-mint');
  const [token, setToken] = useState('');
  const [cameIn, setCameIn] = useState<Msat | null>(null);
  /** The mint of the token, where it is to be trusted first. */
  const [unknownMint, setUnknownMint] = useState<string | null>(null);
  const trimmed = token.trim();
  const isBad = trimmed !== '' && !/^cashu[AB]/.test(trimmed);
  const take = async () => {
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
  const trustAndTake = async (mintUrl: string) => {
    const trusted = await trusting.ask({ url: mintUrl });
    if (trusted?.ok === true) await take();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void take();
  };
  return (
    <details className={css['receive']}>
      <summary>{text('receive')}</summary>
      <form className={css['form']} onSubmit={submit}>
        <Textarea
          label={text('token')}
          description={text('receive-about')}
          autoComplete="off"
          rows={3}
          placeholder="cashuB…"
          value={token}
          error={isBad ? text('token-bad') : null}
          onChange={(event) => {
            setToken(event.currentTarget.value);
            setUnknownMint(null); // that was the mint of another token
          }}
        />
        {taking.askedAt === null ? (
          <Button type="submit" variant="default" disabled={trimmed === '' || isBad}>
            {text('receive-go')}
          </Button>
        ) : (
          <Wait title={text('receiving')} since={taking.askedAt} usualSeconds={2} />
        )}
        {unknownMint !== null && (
          <Notice
            tone="warn"
            actions={
              <Button
                size="xs"
                variant="default"
                loading={trusting.askedAt !== null}
                onClick={() => void trustAndTake(unknownMint)}
              >
                {text('trust-and-take')}
              </Button>
            }
          >
            {text('trust-first', { mint: revealHidden(unknownMint.slice(0, MAX_URL_CHARS)) })}
          </Notice>
        )}
        {unknownMint !== null && trusting.failure !== null && <Fault failure={trusting.failure} />}
        {taking.failure !== null && unknownMint === null && <Fault failure={taking.failure} />}
        {cameIn !== null && <Notice tone="good">{text('received', { amount: sats(cameIn) })}</Notice>}
      </form>
    </details>
  );
}
