import { Button } from '@mantine/core';
import { useState } from 'react';
import {
  Balance,
  Chip,
  Dialog,
  DialogAnswers,
  Fault,
  Notice,
  Panel,
  PlayMoney,
  useCall,
} from '../app/index.ts';
import type { WalletState } from '../engine/index.ts';
import { useWalletText } from './strings.en.ts';
import css from './wallet.module.css';

/** The wallet that pays: what it is, what is in it, and the way out. */
export function ConnectedWallet({ wallet }: { readonly wallet: WalletState }) {
  const text = useWalletText();
  const [leaving, setLeaving] = useState(false);
  if (wallet.by === null) return null;
  return (
    <Panel
      title={text('connected')}
      beside={
        <Button variant="default" size="xs" onClick={() => setLeaving(true)}>
          {text('disconnect')}
        </Button>
      }
    >
      <div className={css['row']}>
        <strong>{text(`by-${wallet.by}`)}</strong>
        {wallet.isPlayMoney ? (
          <PlayMoney />
        ) : (
          wallet.network !== null && <Chip>{text(`network-${wallet.network}`)}</Chip>
        )}
      </div>
      {wallet.reachable ? (
        <dl className={css['balance']}>
          <dt>{text('balance-title')}</dt>
          <dd>
            {wallet.balanceMsat !== null ? (
              <Balance msat={wallet.balanceMsat} />
            ) : (
              text(wallet.by === 'qr' ? 'balance-phone' : 'balance-unknown')
            )}
          </dd>
        </dl>
      ) : (
        <Notice tone="warn" title={text('unreachable')}>
          {text('unreachable-about')}
        </Notice>
      )}
      {wallet.isPlayMoney && <p className={css['hint']}>{text('play-notice')}</p>}
      {leaving && <Disconnect onClose={() => setLeaving(false)} />}
    </Panel>
  );
}

function Disconnect({ onClose }: { readonly onClose: () => void }) {
  const text = useWalletText();
  const disconnect = useCall('wallet.disconnect');
  const leave = async () => {
    const left = await disconnect.ask(null);
    if (left?.ok === true) onClose();
  };
  return (
    <Dialog title={text('disconnect-ask')} onClose={onClose}>
      <p>{text('disconnect-about')}</p>
      {disconnect.failure !== null && <Fault failure={disconnect.failure} />}
      <DialogAnswers>
        <Button variant="default" onClick={onClose}>
          {text('disconnect-stay')}
        </Button>
        <Button color="red" loading={disconnect.askedAt !== null} onClick={() => void leave()}>
          {text('disconnect')}
        </Button>
      </DialogAnswers>
    </Dialog>
  );
}
