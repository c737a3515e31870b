import type { RestoredReport } from '../account/index.ts';
import type { Output } from './output.ts';

/** Tells what was found when an account that was restored from a backup was opened for the first time. */
export function sayRestored(report: RestoredReport, output: Output): void {
  const { reconciliation, findings, endedPurchases, madeAt } = report;
  output.note(
    `This account was restored from a backup of ${new Date(madeAt * 1000).toISOString()}. ` +
      (reconciliation === null
        ? 'It has no wallet and no money to compare.'
        : `Books and wallet were compared: ${findings.length} difference(s), ${reconciliation.repaired} repaired.`),
  );
  for (const { code, standing, paymentHash, explanation } of findings)
    output.note(`  ${standing}: ${explanation} (${code}, payment ${paymentHash.slice(0, 12)})`);
  if (endedPurchases > 0)
    output.note(
      `  ${endedPurchases} purchase(s) that were not paid then have ended; buy them anew if needed.`,
    );
}
