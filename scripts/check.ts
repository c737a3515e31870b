/**
 * What `npm run check` checks, two parts at a time, for most of them keep one core busy; what a part says is shown when
 * it has ended. What comes last measures what the package built.
 */
import { exec } from 'node:child_process';

const AT_ONCE = [
  ['npm run types', 'npm run package'],
  ['npm run lint', 'npm run imports', 'npx knip'],
];
const LAST = ['npx size-limit'];

/** Runs the commands in order until one fails; whether all went well. */
async function allPass(commands: readonly string[]): Promise<boolean> {
  for (const command of commands) if (!(await passes(command))) return false;
  return true;
}

function passes(command: string): Promise<boolean> {
  return new Promise((resolve) => {
    exec(command, { maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      process.stdout.write(`\n== ${command}${error === null ? '' : ': FAILED'}\n${stdout}${stderr}`);
      resolve(error === null);
    });
  });
}

const passed = await Promise.all(AT_ONCE.map(allPass));
if (passed.includes(false) || !(await allPass(LAST))) process.exitCode = 1;
