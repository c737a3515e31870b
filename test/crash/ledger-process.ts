/** The process that is killed: `ledger-process.ts <database> <life> [<checkpoint> <how many times before it dies there>]`. */
import { openSqlLedger } from '../../src/ledger/sql.ts';
import { runScript } from './ledger-script.ts';

const [path = '', life = '', checkpoint, passes = '0'] = process.argv.slice(2);
let left = Number(passes);

const ledger = openSqlLedger({
  path,
  now: () => 1_700_000_000,
  checkpoint: (name) => {
    if (name === checkpoint && left-- === 0) process.kill(process.pid, 'SIGKILL');
  },
});
await runScript(ledger, life);
