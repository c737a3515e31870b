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
  useSats,
  useTopic,
  Wait,
} from '../../app/index.ts';
import type { WalletState } from '../../engine/index.ts';
import { isPaidInEcash, msat, type Msat } from '../../../src/protocol/index.ts';
import { RecordLine, Times } from '../signs.tsx';
import { fundingOf, PaidInEcash } from './paid-in-ecash.tsx';
import { OfferWords } from './offer-words.tsx';
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
  const sats = useSats();
  const ecash = useTopic('ecash', null);
  const funding = fundingOf(offer, ecash, wallet);
  const approving = useCall('market.approve');
  const costs = offer.amountMsat > 0n;
  const isInEcash = isPaidInEcash(offer.exchange);
  // Offers in ecash are asked for only where a mint is trusted.
  const lacksWallet = costs && wallet?.by === null && !isInEcash;
  const isPlay = isInEcash
    ? funding !== null && funding.mintUrl === ecash?.hostMint
    : wallet?.isPlayMoney === true;
  // For what mints hold nothing leaves the wallet now.
  const leftMsat = !isInEcash || funding?.way === 'bought' ? leftOf(wallet) : null;
  const isAboveBudget = costs && leftMsat !== null && offer.totalMsat > leftMsat;
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
          <Sats msat={offer.amountMsat} /> {costs && isPlay && <PlayMoney />}
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
      <OfferWords words={offer.words} max={2000} />
      <PlanSteps plan={offer.plan} />
      <Risk offer={offer} />
      {costs && <p className={css['hint']}>{text('approve-exact')}</p>}
      {funding !== null && <PaidInEcash funding={funding} />}
      {lacksWallet && (
        <Notice tone="warn">
          <Link to="/wallet">{text('approve-no-wallet')}</Link>
        </Notice>
      )}
      {isAboveBudget && (
        <Notice tone="warn" actions={<Link to="/wallet">{text('approve-raise-budget')}</Link>}>
          {text('approve-above-budget', { left: sats(leftMsat), total: sats(offer.totalMsat) })}
        </Notice>
      )}
      {approving.failure !== null && <Fault failure={approving.failure} />}
      {approving.askedAt === null ? (
        <DialogAnswers>
          <Button variant="default" onClick={onDone}>
            {text('not-now')}
          </Button>
          <Button
            disabled={lacksWallet || isAboveBudget || funding?.way === 'lacking'}
            onClick={() => void approve()}
          >
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

/** What the budget leaves; `null` where every payment is asked for. */
function leftOf(wallet: WalletState | undefined): Msat | null {
  if (wallet === undefined || wallet.budgetMsat === null) return null;
  return msat(wallet.spentMsat < wallet.budgetMsat ? wallet.budgetMsat - wallet.spentMsat : 0n);
}
