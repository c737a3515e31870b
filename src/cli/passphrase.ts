import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { failure, success, type Outcome } from '../protocol/index.ts';

const VARIABLE = 'COINOP_PASSPHRASE';
const MIN_CHARS = 8;

/**
 * The passphrase of a backup: from a file, the environment, or a person at a terminal, who types a new one twice.
 * Never from an argument, which others on the machine can read. Fails with `passphrase-missing` or `invalid-argument`.
 */
export async function readPassphrase(
  from: { readonly file: string | undefined; readonly isNew: boolean },
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Outcome<string>> {
  const fromEnv = env[VARIABLE];
  delete env[VARIABLE];
  const given = from.file === undefined ? fromEnv : (await readFile(from.file, 'utf8')).replace(/\r?\n$/, '');
  if (given !== undefined && given !== '') return from.isNew ? longEnough(given) : success(given);
  if (!process.stdin.isTTY)
    return failure(
      'passphrase-missing',
      `No passphrase: set ${VARIABLE}, name a file with --passphrase-file, or use a terminal.`,
    );
  const typed = await ask('Passphrase of the backup: ', signal);
  if (!from.isNew) return success(typed);
  const again = await ask('The same again: ', signal);
  if (typed !== again) return failure('invalid-argument', 'The two passphrases differ; nothing was done.');
  return longEnough(typed);
}

function longEnough(passphrase: string): Outcome<string> {
  return passphrase.length >= MIN_CHARS
    ? success(passphrase)
    : failure('invalid-argument', `The passphrase must have at least ${MIN_CHARS} characters.`);
}

/** Asks at the terminal without showing what is typed. */
async function ask(question: string, signal: AbortSignal): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write(question);
  try {
    return await lines.question('', { signal });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
