import { Button } from '@mantine/core';
import { useState } from 'react';
import {
  Balance,
  Dialog,
  DialogAnswers,
  FailureText,
  Fault,
  Notice,
  useCall,
  useSats,
} from '../app/index.ts';
import type { EcashMint } from '../engine/index.ts';
import { hostOf } from './mint-name.ts';
import { TakeOut } from './take-out.tsx';
import { TopUp } from './top-up.tsx';
import { useEcashText } from './ecash.strings.en.ts';
import css from './ecash.module.css';

/** One trusted mint: what it holds, how it is, and the ways in and out. */
export function MintRow({
  mint,
  isHosts,
  paysByItself,
}: {
  readonly mint: EcashMint;
  /** It is the one of the market that serves the page. */
  readonly isHosts: boolean;
  /** A wallet is connected that pays and is paid by itself. */
  readonly paysByItself: boolean;
}) {
  const text = useEcashText();
  const sats = useSats();
  const [doing, setDoing] = useState<'top-up' | 'take-out' | 'forget' | null>(null);
  const done = () => setDoing(null);
  const { amountMsat, heldMsat, trouble } = mint;
  const isEmpty = amountMsat === 0n && heldMsat === 0n;
  return (
    <li className={css['mint']}>
      <div className={css['mintHead']}>
        <div className={css['mintName']}>
          <strong>{isHosts ? text('host-mint') : hostOf(mint.url)}</strong>
          <code className={css['url']}>{mint.url}</code>
        </div>
        <div className={css['sum']}>
          <Balance msat={amountMsat} />
          {heldMsat > 0n && <span className={css['hint']}>{text('held', { amount: sats(heldMsat) })}</span>}
        </div>
      </div>
      {trouble !== null && (
        <Notice tone="warn" title={text(isDown(trouble.code) ? 'mint-down' : 'mint-unfit')}>
          {isDown(trouble.code) ? text('mint-down-about') : <FailureText failure={trouble} />}
        </Notice>
      )}
      <div className={css['row']}>
        <Button size="xs" disabled={trouble !== null} onClick={() => setDoing('top-up')}>
          {text('top-up')}
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={trouble !== null || amountMsat === 0n}
          onClick={() => setDoing('take-out')}
        >
          {text('take-out')}
        </Button>
        {isEmpty && (
          <Button size="xs" variant="default" onClick={() => setDoing('forget')}>
            {text('forget')}
          </Button>
        )}
      </div>
      {doing === 'top-up' && <TopUp mint={mint} paysByItself={paysByItself} onDone={done} />}
      {doing === 'take-out' && <TakeOut mint={mint} isPaidByItself={paysByItself} onDone={done} />}
      {doing === 'forget' && <Forget mint={mint} onDone={done} />}
    </li>
  );
}

function Forget({ mint, onDone }: { readonly mint: EcashMint; readonly onDone: () => void }) {
  const text = useEcashText();
  const forget = useCall('ecash.remove-mint');
  const leave = async () => {
    const left = await forget.ask({ url: mint.url });
    if (left?.ok === true) onDone();
  };
  return (
    <Dialog title={text('forget-ask')} onClose={onDone}>
      <p>{text('forget-about')}</p>
      {forget.failure !== null && <Fault failure={forget.failure} />}
      <DialogAnswers>
        <Button variant="default" onClick={onDone}>
          {text('forget-stay')}
        </Button>
        <Button color="red" loading={forget.askedAt !== null} onClick={() => void leave()}>
          {text('forget')}
        </Button>
      </DialogAnswers>
    </Dialog>
  );
}

function isDown(code: string): boolean {
  return code === 'mint-unreachable';
}
