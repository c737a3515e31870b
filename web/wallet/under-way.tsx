import { lazy, Suspense } from 'react';
import { Ago, Sats } from '../app/index.ts';
import type { EcashUnderWay } from '../engine/index.ts';
import { Copy } from './copy.tsx';
import { hostOf } from './mint-name.ts';
import { useEcashText } from './ecash.strings.en.ts';
import css from './ecash.module.css';

const InvoiceCode = lazy(() => import('./invoice-code.tsx').then((room) => ({ default: room.InvoiceCode })));

/** What began and has not ended: what a phone is to pay as a QR code, anything else as a line. */
export function UnderWay({ underWay }: { readonly underWay: readonly EcashUnderWay[] }) {
  const text = useEcashText();
  if (underWay.length === 0) return null;
  return (
    <section className={css['part']} aria-label={text('under-way')}>
      <h3>{text('under-way')}</h3>
      <p className={css['hint']}>{text('under-way-about')}</p>
      <ul className={css['lines']}>
        {underWay.map((each) => (
          <li key={`${each.kind} ${each.key}`} className={css['line']}>
            <div className={css['lineWords']}>
              <strong>{text(`kind-${each.kind}`)}</strong>
              <Sats msat={each.amountMsat} />
              <span className={css['hint']}>{hostOf(each.mintUrl)}</span>
              <Ago at={each.createdAt} />
            </div>
            {each.bolt11 !== null && <Scan bolt11={each.bolt11} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Scan({ bolt11 }: { readonly bolt11: string }) {
  const text = useEcashText();
  return (
    <div className={css['scan']}>
      <Suspense fallback={<div className={css['code']} />}>
        <InvoiceCode bolt11={bolt11} title={text('qr-alt')} />
      </Suspense>
      <div className={css['scanWords']}>
        <strong>{text('scan-title')}</strong>
        <p className={css['hint']}>{text('scan-about')}</p>
        <Copy what={bolt11} label={text('copy-invoice')} />
      </div>
    </div>
  );
}
