import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EXCHANGE_MODES, EXCHANGE_RISKS } from '../../src/protocol/index.ts';

test('the documented risks of each mode are those that offers are shown with', () => {
  const text = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
  const section = text.split('\n## Who risks what\n')[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  const documented = rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
  const risks = EXCHANGE_MODES.map((mode) => {
    const { exposure, customerTrusts, providerTrusts } = EXCHANGE_RISKS[mode];
    return [mode, exposure, customerTrusts, providerTrusts];
  });
  expect(documented).toEqual(risks);
});
