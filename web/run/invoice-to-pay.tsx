import { Button } from '@mantine/core';
import { QRCodeSVG } from 'qrcode.react';
import { useState } from 'react';
import { Fault, Panel, Sats, useCall } from '../app/index.ts';
import type { RunState } from '../engine/contract.ts';
import { useRunText } from './strings.en.ts';
import css from './run.module.css';

/** An invoice for a phone: as a picture, as a link for a wallet on this machine, and as text. */
export function InvoiceToPay({
  requestId,
  invoice,
}: {
  readonly requestId: string;
  readonly invoice: NonNullable<RunState['invoiceToPay']>;
}) {
  const text = useRunText();
  const [copied, setCopied] = useState(false);
  const refusing = useCall('market.not-paying');
  // An invoice is bech32: anything else is none, and is no link either.
  const bolt11 = /^ln[a-z0-9]{20,4000}$/i.test(invoice.bolt11) ? invoice.bolt11 : '';
  if (bolt11 === '') return null;
  return (
    <Panel title={text('pay-with-phone')}>
      <div className={css['invoice']}>
        <QRCodeSVG
          className={css['qr']}
          value={`LIGHTNING:${bolt11.toUpperCase()}`}
          size={240}
          marginSize={3}
          title={text('qr-alt')}
        />
        <div className={css['invoiceWords']}>
          <p className={css['sum']}>
            <Sats msat={invoice.amountMsat} />
          </p>
          <p className={css['dim']}>{text('pay-with-phone-about')}</p>
          <div className={css['actions']}>
            <Button
              variant="default"
              onClick={() => void navigator.clipboard.writeText(bolt11).then(() => setCopied(true))}
            >
              {text(copied ? 'copied' : 'copy-invoice')}
            </Button>
            <Button variant="default" component="a" href={`lightning:${bolt11}`}>
              {text('open-wallet')}
            </Button>
            <Button
              variant="subtle"
              disabled={refusing.askedAt !== null}
              onClick={() => void refusing.ask({ requestId })}
            >
              {text('not-paying')}
            </Button>
          </div>
          <p className={css['dim']}>{text('not-paying-about')}</p>
          {refusing.failure !== null && <Fault failure={refusing.failure} />}
        </div>
      </div>
    </Panel>
  );
}
