import { QRCodeSVG } from 'qrcode.react';

/** A QR code, dark on light in every colour scheme, since cameras want it so. */
export function QrCode({ value, title }: { readonly value: string; readonly title: string }) {
  return <QRCodeSVG value={value} size={256} marginSize={3} title={title} role="img" />;
}
