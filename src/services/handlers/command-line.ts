/** A line that begins so names its program; what begins otherwise is for the shell to understand. */
const PLAIN_WORD = /^[\w./~+-]+(?=\s|$)/;
/** Programs whose first argument is a file that they run, unless it is an option. */
const INTERPRETERS = /^(?:python[\d.]*|node|deno|bun|tsx|ruby|perl|php|lua[\d.]*|(?:ba|da|z|)sh|Rscript)$/;
const SCRIPT = /^[\w./+-]*\.(?:py|[cm]?[jt]s|rb|pl|php|lua|sh|R)$/;

/** The program that a command runs, a line for `/bin/sh` or a list of words; `null` where only the shell can tell. */
export function programOf(command: string | readonly string[]): string | null {
  if (typeof command !== 'string') return command[0] ?? null;
  return PLAIN_WORD.exec(command.trim())?.[0] ?? null;
}

/** The script that an interpreter is to run, as seen from where it runs; `null` where none is recognized. */
export function scriptOf(command: string | readonly string[]): string | null {
  const program = programOf(command);
  if (program === null || !INTERPRETERS.test(program.slice(program.lastIndexOf('/') + 1))) return null;
  const first = typeof command === 'string' ? command.trim().split(/\s+/)[1] : command[1];
  return first !== undefined && !first.startsWith('-') && SCRIPT.test(first) ? first : null;
}
