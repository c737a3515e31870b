import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import { failure, success, type Outcome } from '../protocol/index.ts';

/**
 * Has a person at the terminal agree, unless `--yes` was given. Fails with `confirmation-missing` where nobody can be
 * asked, and with `not-confirmed`.
 */
export async function confirm({
  question,
  yes,
  signal,
}: {
  readonly question: string;
  readonly yes: boolean;
  readonly signal: AbortSignal;
}): Promise<Outcome<void, 'confirmation-missing' | 'not-confirmed'>> {
  if (yes) return success(undefined);
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    return failure('confirmation-missing', `Nobody is here to ask: ${question} Give --yes to agree.`);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const said = await lines.question(`${question} [y/N] `, { signal });
    return /^y(es)?$/i.test(said.trim())
      ? success(undefined)
      : failure('not-confirmed', 'Nothing was changed.');
  } finally {
    lines.close();
  }
}
