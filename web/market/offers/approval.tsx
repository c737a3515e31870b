import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import {
  Dialog,
  DialogAnswers,
  Fault,
  Notice,
  PlayMoney,
  PubkeyName,
  Sats,
  useCall,
  useTopic,
  Wait,
} from '../../app/index.ts';
import { isPaidInEcash } from '../../../src/protocol/index.ts';
import { RecordLine, Times } from '../signs.tsx';
import { PlanSteps } from './plan-line.tsx';
import { Risk } from './risk.tsx';
import type { OfferLine } from './sorting.ts';
import { useOffersText } from './strings.en.ts';
import css from './offers.module.css';

/**
 * Approves one offer: shows the exact amount, and approves no other. The offer is kept as it was when this opened, so
 * that what arrives meanwhile cannot change what is agreed to.
 */
export function Approval({
  requestId,
  line,
  onDone,
}: {
  readonly requestId: string;
  readonly line: OfferLine;
  readonly onDone: () => void;
}) {
  const text = useOffersText();
  const [{ offer, service }] = useState(line);
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const wallet = useTopic('wallet', null);
  const approving = useCall('market.approve');
  const costs = offer.amountMsat > 0n;
  // Offers in ecash are asked for only where a mint is trusted.
  const lacksWallet = costs && wallet?.by === null && !isPaidInEcash(offer.exchange);
  const approve = async () => {
    const approved = await approving.ask({
      requestId,
      offerId: offer.id,
      maxAmountMsat: offer.amountMsat,
      idempotencyKey,
    });
    if (approved?.ok === true) onDone();
  };
  return (
    <Dialog title={text('approve-title')} onClose={onDone}>
      <PubkeyName pubkey={offer.providerPubkey} name={service?.announcement.name ?? null} />
      <dl className={css['sums']}>
        <dt>{text('approve-price')}</dt>
        <dd className={css['sum']}>
          <Sats msat={offer.amountMsat} /> {costs && wallet?.isPlayMoney === true && <PlayMoney />}
        </dd>
        {costs && (
          <>
            <dt>{text('approve-fee')}</dt>
            <dd>
              <Sats msat={offer.feeLimitMsat} />
            </dd>
            <dt>{text('approve-total')}</dt>
            <dd>
              <Sats msat={offer.totalMsat} />
            </dd>
          </>
        )}
        <dt>{text('approve-time')}</dt>
        <dd>
          <Times usual={offer.usualSeconds} worst={offer.worstSeconds} />
        </dd>
        <dt>{text('record')}</dt>
        <dd>
          <RecordLine record={offer.record} />
        </dd>
      </dl>
      <PlanSteps plan={offer.plan} />
      <Risk offer={offer} />
      {costs && <p className={css['hint']}>{text('approve-exact')}</p>}
      {lacksWallet && (
        <Notice tone="warn">
          <Link to="/wallet">{text('approve-no-wallet')}</Link>
        </Notice>
      )}
      {approving.failure !== null && <Fault failure={approving.failure} />}
      {approving.askedAt === null ? (
        <DialogAnswers>
          <Button variant="default" onClick={onDone}>
            {text('not-now')}
          </Button>
          <Button disabled={lacksWallet} onClick={() => void approve()}>
            {costs ? (
              <>
                {text('approve-pay')}&nbsp;
                <Sats msat={offer.amountMsat} />
              </>
            ) : (
              text('approve-free')
            )}
          </Button>
        </DialogAnswers>
      ) : (
        <Wait title={text('approving-title')} since={approving.askedAt} usualSeconds={2} />
      )}
    </Dialog>
  );
}
