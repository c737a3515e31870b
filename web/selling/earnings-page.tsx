import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import {
  Balance,
  Empty,
  formatDay,
  KindName,
  Page,
  PlayMoney,
  PubkeyName,
  useLanguage,
  useTopic,
  VirtualList,
  Wait,
} from '../app/index.ts';
import type { EarningsRow } from '../engine/index.ts';
import { msat, ZERO_MSAT } from '../../src/protocol/index.ts';
import { SignInFirst, useSigner } from '../workbench/index.ts';
import { EarningsByDay } from './earnings-by-day.tsx';
import { earningsCsv } from './earnings-csv.ts';
import { Outcome } from './outcome.tsx';
import { saveFile } from './save-file.ts';
import { useSellingText } from './strings.en.ts';
import css from './selling.module.css';

const MOST_ROWS = 10_000;

/** Everything that was sold by hand, and what it brought. */
export function EarningsPage() {
  const text = useSellingText();
  const signer = useSigner();
  const rows = useTopic('earnings', { limit: MOST_ROWS });
  const [since] = useState(() => Date.now());
  return (
    <Page
      title={text('earnings-title')}
      lead={text('earnings-lead')}
      beside={<Link to="/workbench">{text('to-workbench')}</Link>}
    >
      {signer === null ? (
        <SignInFirst />
      ) : (
        <Kept rows={signer === undefined ? undefined : rows} since={since} />
      )}
    </Page>
  );
}

/** What the books say, once they are open. */
function Kept({
  rows,
  since,
}: {
  readonly rows: readonly EarningsRow[] | undefined;
  readonly since: number;
}) {
  const text = useSellingText();
  if (rows === undefined) return <Wait title={text('earnings-opening')} since={since} usualSeconds={2} />;
  if (rows.length === 0) return <Empty title={text('earnings-none')}>{text('earnings-none-about')}</Empty>;
  return <Books rows={rows} />;
}

function Books({ rows }: { readonly rows: readonly EarningsRow[] }) {
  const text = useSellingText();
  const wallet = useTopic('wallet', null);
  const paid = useMemo(() => rows.filter(({ amountMsat }) => amountMsat > 0n), [rows]);
  const sum = useMemo(
    () => msat(paid.reduce<bigint>((total, { amountMsat }) => total + amountMsat, ZERO_MSAT)),
    [paid],
  );
  return (
    <div className={css['form']}>
      <div className={css['sumLine']}>
        <span className={css['sum']}>
          <Balance msat={sum} />
        </span>
        <span>
          {text('earned')} · {text('jobs-paid', { count: paid.length })}
        </span>
        {wallet?.isPlayMoney === true && <PlayMoney />}
        <Button
          size="xs"
          variant="default"
          onClick={() => saveFile('coinop-earnings.csv', earningsCsv(rows), 'text/csv;charset=utf-8')}
        >
          {text('csv')}
        </Button>
      </div>
      <EarningsByDay rows={paid} />
      <VirtualList
        items={rows}
        estimatedHeight={40}
        label={text('earnings-title')}
        keyOf={requestOf}
        Row={Line}
      />
    </div>
  );
}

const requestOf = ({ requestId }: EarningsRow) => requestId;

function Line({ item: row }: { readonly item: EarningsRow }) {
  const language = useLanguage();
  return (
    // A plain link: the router's own costs too much to be made by the hundred while the list scrolls.
    <a href={`#/workbench/${row.requestId}`} className={css['line']}>
      <time dateTime={new Date(row.askedAt * 1000).toISOString()}>{formatDay(row.askedAt, language)}</time>
      <span>
        <KindName kind={row.kind} />
      </span>
      <PubkeyName pubkey={row.customerPubkey} />
      <span>
        <Outcome sale={row} />
      </span>
      <Balance msat={row.amountMsat} />
    </a>
  );
}
