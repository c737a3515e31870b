import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import {
  Empty,
  KindName,
  Page,
  PlayMoney,
  PubkeyName,
  Sats,
  useLanguage,
  useTopic,
  VirtualList,
  Wait,
} from '../app/index.ts';
import type { EarningsRow } from '../engine/index.ts';
import { msat, ZERO_MSAT } from '../../src/protocol/index.ts';
import { EarningsByDay } from './earnings-by-day.tsx';
import { earningsCsv } from './earnings-csv.ts';
import { useSellingText } from './strings.en.ts';
import css from './selling.module.css';

const MOST_ROWS = 10_000;

/** Everything that was sold by hand, and what it brought. */
export function EarningsPage() {
  const text = useSellingText();
  const rows = useTopic('earnings', { limit: MOST_ROWS });
  const [since] = useState(() => Date.now());
  return (
    <Page
      title={text('earnings-title')}
      lead={text('earnings-lead')}
      beside={<Link to="/workbench">{text('to-workbench')}</Link>}
    >
      {rows === undefined && <Wait title={text('earnings-opening')} since={since} usualSeconds={2} />}
      {rows?.length === 0 && <Empty title={text('earnings-none')}>{text('earnings-none-about')}</Empty>}
      {rows !== undefined && rows.length > 0 && <Books rows={rows} />}
    </Page>
  );
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
          <Sats msat={sum} />
        </span>
        <span>
          {text('earned')} · {text('jobs-paid', { count: paid.length })}
        </span>
        {wallet?.isPlayMoney === true && <PlayMoney />}
        <Button
          size="xs"
          variant="default"
          onClick={() => saveFile('coinop-earnings.csv', earningsCsv(rows))}
        >
          {text('csv')}
        </Button>
      </div>
      <EarningsByDay rows={paid} />
      <VirtualList
        items={rows}
        keyOf={({ requestId }) => requestId}
        estimatedHeight={56}
        label={text('earnings-title')}
        render={(row) => <Line row={row} />}
      />
    </div>
  );
}

function Line({ row }: { readonly row: EarningsRow }) {
  const language = useLanguage();
  return (
    // A plain link: the router's own costs too much to be made by the hundred while the list scrolls.
    <a href={`#/workbench/${row.requestId}`} className={css['line']}>
      <time dateTime={new Date(row.askedAt * 1000).toISOString()}>
        {new Date(row.askedAt * 1000).toLocaleDateString(language)}
      </time>
      <span>
        <KindName kind={row.kind} />
      </span>
      <PubkeyName pubkey={row.customerPubkey} />
      <span className={css['dim']}>
        {row.work} · {row.money}
      </span>
      <Sats msat={row.amountMsat} />
    </a>
  );
}

function saveFile(name: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
