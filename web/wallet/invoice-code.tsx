import { QRCodeSVG } from 'qrcode.react';
import css from './ecash.module.css';

/** An invoice as a QR code. It comes from a mint: what is no bech32 is not shown. */
export function InvoiceCode({ bolt11, title }: { readonly bolt11: string; readonly title: string }) {
  if (!/^ln[a-z0-9]{20,4000}$/i.test(bolt11)) return null;
  return (
    <QRCodeSVG
      className={css['code']}
      value={`LIGHTNING:${bolt11.toUpperCase()}`}
      size={200}
      marginSize={3}
      title={title}
    />
  );
}
