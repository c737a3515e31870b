/**
 * A program of an older version that sells: `older-process.ts postgres|sqlite <where> <version>`. It books sales for the
 * newer one to work on, and works on those that the newer one booked, until it is asked to end; one error ends it.
 */
import process from 'node:process';
import { pause } from '../../src/clock/index.ts';
import { openOlderBooks, sell, workOff } from './older-books.ts';

const [engine = '', at = '', version = ''] = process.argv.slice(2);
/** A program that writes without a rest keeps all others out of a SQLite file, whatever their versions. */
const BETWEEN_SALES_MS = 10;

const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
const onOrphaned = (): void => process.exit(1);
process.on('disconnect', onOrphaned);

const books = await openOlderBooks(
  { engine: engine === 'postgres' ? 'postgres' : 'sqlite', at },
  Number(version),
);
for (let sold = 1; !stop.signal.aborted; sold += 1) {
  await sell(books, 'for the newer');
  await workOff(books, 'for the older', 'older');
  if (sold === 5) process.stdout.write('{"t":"ready"}\n');
  await pause(BETWEEN_SALES_MS, stop.signal);
}
while ((await workOff(books, 'for the older', 'older')) > 0);
await books.close();
process.off('disconnect', onOrphaned);
process.disconnect();
