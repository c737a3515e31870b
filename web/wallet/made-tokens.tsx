import { Button } from '@mantine/core';
import { Ago, Fault, Sats, useCall } from '../app/index.ts';
import type { MadeToken } from '../engine/index.ts';
import { hostOf } from './mint-name.ts';
import { Copy } from './copy.tsx';
import { useEcashText } from './ecash.strings.en.ts';
import css from './ecash.module.css';

/** Tokens that wait for somebody to take them. */
export function MadeTokens({ tokens }: { readonly tokens: readonly MadeToken[] }) {
  const text = useEcashText();
  const takeBack = useCall('ecash.take-back');
  if (tokens.length === 0) return null;
  return (
    <section className={css['part']} aria-label={text('tokens')}>
      <h3>{text('tokens')}</h3>
      <p className={css['hint']}>{text('tokens-about')}</p>
      <ul className={css['lines']}>
        {tokens.map(({ key, amountMsat, mintUrl, createdAt, token }) => (
          <li key={key} className={css['line']}>
            <div className={css['lineWords']}>
              <strong>
                <Sats msat={amountMsat} />
              </strong>
              <span className={css['hint']}>{hostOf(mintUrl)}</span>
              <Ago at={createdAt} />
            </div>
            <code className={css['token']}>{token}</code>
            <div className={css['row']}>
              <Copy what={token} label={text('copy-token')} />
              <Button
                variant="default"
                size="xs"
                disabled={takeBack.askedAt !== null}
                onClick={() => void takeBack.ask({ key })}
              >
                {text('take-back')}
              </Button>
            </div>
          </li>
        ))}
      </ul>
      {takeBack.failure !== null && <Fault failure={takeBack.failure} />}
    </section>
  );
}
