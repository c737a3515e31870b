import { Button } from '@mantine/core';
import { useState } from 'react';
import { Panel, PlayMoney, useTopic } from '../app/index.ts';
import type { EcashState, WalletState } from '../engine/index.ts';
import { KeepBooks } from '../storage/index.ts';
import { AddMint } from './add-mint.tsx';
import { MadeTokens } from './made-tokens.tsx';
import { MintRow } from './mint-row.tsx';
import { ReceiveToken } from './receive-token.tsx';
import { UnderWay } from './under-way.tsx';
import { useEcashText } from './ecash.strings.en.ts';
import css from './ecash.module.css';

/** Ecash at the mints that are trusted: what is there, how it comes and goes, and what is on its way. */
export function Ecash({ wallet }: { readonly wallet: WalletState }) {
  const text = useEcashText();
  const ecash = useTopic('ecash', null);
  const host = useTopic('host', null);
  if (ecash === undefined) return null;
  const isHeld =
    ecash.tokens.length > 0 || ecash.mints.some(({ amountMsat, heldMsat }) => amountMsat + heldMsat > 0n);
  const isPlay = host?.playMoney === true && ecash.mints.length > 0; // before, the offered mint says it
  return (
    <Panel title={text('title')} beside={isPlay ? <PlayMoney /> : undefined}>
      <p className={css['lead']}>{text('lead')}</p>
      {ecash.mints.length > 0 && (
        <ul className={css['mints']}>
          {ecash.mints.map((mint) => (
            <MintRow
              key={mint.url}
              mint={mint}
              isHosts={mint.url === ecash.hostMint}
              paysByItself={wallet.by !== null && wallet.by !== 'qr'}
            />
          ))}
        </ul>
      )}
      <UnderWay underWay={ecash.underWay} />
      <MadeTokens tokens={ecash.tokens} />
      <Mints ecash={ecash} />
      <ReceiveToken />
      <p className={css['hint']}>{text('risk')}</p>
      {isHeld && <KeepBooks what="ecash" />}
    </Panel>
  );
}

/** Another mint, behind a button once there is one. */
function Mints({ ecash }: { readonly ecash: EcashState }) {
  const text = useEcashText();
  const [adding, setAdding] = useState(false);
  const { hostMint, mints } = ecash;
  const offered = hostMint !== null && !mints.some(({ url }) => url === hostMint) ? hostMint : null;
  if (mints.length > 0 && !adding)
    return (
      <div>
        <Button variant="default" size="xs" onClick={() => setAdding(true)}>
          {text('add-open')}
        </Button>
      </div>
    );
  return <AddMint offered={offered} onAdded={() => setAdding(false)} />;
}
