import { readFileSync } from 'node:fs';
import { NostrWebLNProvider } from '@getalby/sdk/webln';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUDGET_FIELDS } from '../../src/cli/config-file.ts';
import { openLnbitsWallet, openLndWallet, openWeblnWallet, type Wallet } from '../../src/money/index.ts';
import { EXCHANGE_MODES, orThrow } from '../../src/protocol/index.ts';
import { faultOf } from '../conformance/cited-test.ts';
import { serveLnbits } from '../fixtures/lnbits-server.ts';
import { serveLnd } from '../fixtures/lnd-server.ts';
import { openNwcMarket, type NwcMarket } from '../fixtures/nwc-market.ts';
import { unixNow } from '../fixtures/nwc-stage.ts';

const text = readFileSync(new URL('../../docs/money.md', import.meta.url), 'utf8');

function section(heading: string): string {
  const [, found = ''] = text.split(`\n## ${heading}\n`);
  return found.split('\n## ')[0] ?? '';
}

/** Rows of the first table of a section, by cells, without backquotes. */
function firstTable(heading: string): string[][] {
  const [table = ''] = /(?:^\|.*\n)+/m.exec(section(heading)) ?? [];
  const cells = (row: string) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', ''));
  return table.trim().split('\n').slice(2).map(cells);
}

describe('the tests that the text names', () => {
  const citations = [...text.matchAll(/`([\w./-]+\.ts)` › “([^”]+)”(?: with “([^”]+)”)?/g)].map(
    ([, file = '', title = '', row]) => ({ file, title, ...(row === undefined ? {} : { row }) }),
  );

  test('exist, once, and run', () => {
    expect(citations.map(faultOf).filter((fault) => fault !== null)).toEqual([]);
  });

  test('are all cited in the one way that is checked', () => {
    expect(text.match(/›/g)).toHaveLength(citations.length);
    expect(citations.length).toBeGreaterThan(50);
  });
});

describe('the exchange modes', () => {
  const names = firstTable('Exchange modes: who risks what').map(([mode]) => mode);

  test('are all in the table', () => {
    expect(new Set(names)).toEqual(new Set(EXCHANGE_MODES));
  });

  test('each have what can happen in them, with tests', () => {
    const parts = section('Exchange modes: who risks what').split('\n### ').slice(1);
    const shown = parts.filter((part) => part.includes(' › “')).map((part) => part.split('\n')[0]);
    expect(shown).toEqual([...names.map((mode) => `\`${mode}\``), 'The own wallet']);
  });
});

test('the caps are those that the configuration takes', () => {
  expect(firstTable('Budgets').map(([key]) => key)).toEqual(BUDGET_FIELDS);
});

describe('the wallet drivers', () => {
  let market: NwcMarket;
  const wallets: Record<string, Wallet> = {};
  const endings: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    market = await openNwcMarket();
    const bank = market.bankWallet('customer');
    const [lnd, lnbits] = [await serveLnd(bank), await serveLnbits(bank)];
    const provider = new NostrWebLNProvider({ nostrWalletConnectUrl: await market.serve('customer') });
    const told = { network: 'regtest', now: unixNow } as const;
    wallets['NWC'] = market.openWallet(await market.serve('customer'));
    wallets['LND'] = orThrow(openLndWallet({ ...lnd, now: unixNow }));
    wallets['LNbits'] = orThrow(openLnbitsWallet({ ...lnbits, ...told }));
    wallets['WebLN'] = orThrow(openWeblnWallet({ provider, ...told }));
    wallets['embedded'] = bank;
    const served = [...Object.values(wallets), lnd, lnbits, market];
    endings.push(...served.map((part) => () => part.close()));
    endings.unshift(async () => provider.close());
  }, 60_000);
  afterAll(async () => {
    for (const end of endings) await end();
  });

  test('can do what the table says', async () => {
    const rows = firstTable('Wallets');
    expect(rows.map(([driver]) => driver)).toEqual(Object.keys(wallets));
    for (const [driver = '', , hold, descriptionHash, notices] of rows) {
      const able = orThrow((await wallets[driver]?.capabilities()) ?? expect.unreachable(driver));
      const said = { driver, hold, descriptionHash, notices };
      const says = (can: boolean, word: string | undefined) =>
        word === 'it says' && driver === 'NWC' ? word : can ? 'yes' : 'no';
      expect(said).toEqual({
        driver,
        hold: says(able.hold, hold),
        descriptionHash: says(able.descriptionHash, descriptionHash),
        notices: says(able.notifications, notices),
      });
    }
  });
});
