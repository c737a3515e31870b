import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { PubkeyName, Sats } from '../../app/index.ts';
import { LivenessLadder, RecordLine, Times } from '../signs.tsx';
import { OfferWords } from './offer-words.tsx';
import { PlanLine } from './plan-line.tsx';
import { Risk } from './risk.tsx';
import type { OfferLine } from './sorting.ts';
import { useOffersText } from './strings.en.ts';
import css from './offers.module.css';

/** Two or three offers, a column each, so that every fact stands beside the same fact of the others. */
export function SideBySide({
  lines,
  onTake,
}: {
  readonly lines: readonly OfferLine[];
  readonly onTake: (offerId: string) => void;
}) {
  const text = useOffersText();
  const facts: readonly (readonly [string, (line: OfferLine) => ReactNode])[] = [
    [text('price'), ({ offer }) => <Sats msat={offer.amountMsat} />],
    [text('approve-total'), ({ offer }) => <Sats msat={offer.totalMsat} />],
    ...(lines.some(({ offer }) => offer.plan !== null)
      ? [
          [
            text('plan'),
            ({ offer }: OfferLine) =>
              offer.plan === null ? text('plan-none') : <PlanLine plan={offer.plan} />,
          ] as const,
        ]
      : []),
    ...(lines.some(({ offer }) => offer.words !== null)
      ? [
          [
            text('words'),
            ({ offer }: OfferLine) =>
              offer.words === null ? '–' : <OfferWords words={offer.words} max={400} />,
          ] as const,
        ]
      : []),
    [text('time'), ({ offer }) => <Times usual={offer.usualSeconds} worst={offer.worstSeconds} />],
    [text('record'), ({ offer }) => <RecordLine record={offer.record} />],
    [
      text('life'),
      ({ service }) => (service === null ? '–' : <LivenessLadder liveness={service.liveness} />),
    ],
    [text('risk'), ({ offer }) => <Risk offer={offer} />],
  ];
  return (
    <div className={css['beside']} role="region" aria-label={text('compare-title')} tabIndex={0}>
      <table>
        <caption>{text('compare-title')}</caption>
        <thead>
          <tr>
            <td />
            {lines.map(({ offer, service }) => (
              <th key={offer.id} scope="col">
                <PubkeyName pubkey={offer.providerPubkey} name={service?.announcement.name ?? null} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {facts.map(([label, show]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              {lines.map((line) => (
                <td key={line.offer.id}>{show(line)}</td>
              ))}
            </tr>
          ))}
          <tr>
            <td />
            {lines.map(({ offer }) => (
              <td key={offer.id}>
                <Button size="compact-sm" variant="default" onClick={() => onTake(offer.id)}>
                  {text('take')}
                </Button>
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  );
}
