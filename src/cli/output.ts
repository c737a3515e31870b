import Table from 'cli-table3';
import colors from 'picocolors';
import type { Failure } from '../protocol/index.ts';

/** How a command talks: data on stdout, all else on stderr; tables for people, one JSON object a line for pipes. */
export interface Output {
  /** Data goes out as JSON: asked for, or nobody looks. */
  readonly json: boolean;
  /** `--json` was given. */
  readonly asked: boolean;
  /** Rows of data: a table at a terminal, NDJSON in a pipe or with `--json`. */
  rows(columns: readonly string[], rows: readonly Readonly<Record<string, unknown>>[]): void;
  /** One object: aligned lines at a terminal, one line of JSON otherwise. */
  facts(facts: Readonly<Record<string, unknown>>): void;
  /** The bytes that were asked for, as they are. */
  data(text: string): void;
  /** Something for people, on stderr. */
  note(text: string): void;
  /** A failure: words on stderr, with `--json` one line of JSON there. */
  failure(reason: Failure): void;
}

/** Output to this process's streams. `json` forces JSON even at a terminal. */
export function createOutput(options: {
  readonly json: boolean;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}): Output {
  const { stdout, stderr } = options;
  const json = options.json || !stdout.isTTY;
  return {
    json,
    asked: options.json,
    rows(columns, rows) {
      if (json) for (const row of rows) stdout.write(line(row));
      else stdout.write(`${table(columns, rows)}\n`);
    },
    facts(facts) {
      if (json) stdout.write(line(facts));
      else {
        const width = Math.max(...Object.keys(facts).map((name) => name.length));
        for (const [name, value] of Object.entries(facts))
          stdout.write(`${colors.dim(name.padEnd(width))}  ${printable(value)}\n`);
      }
    },
    data(text) {
      stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    },
    note(text) {
      stderr.write(`${text}\n`);
    },
    failure(reason) {
      stderr.write(
        options.json
          ? line({ error: reason })
          : `${colors.red('✖')} ${reason.message} ${colors.dim(`(${reason.code})`)}\n`,
      );
    },
  };
}

/** One line of NDJSON; amounts are decimal strings, for no JSON number holds them all. */
function line(value: unknown): string {
  return `${JSON.stringify(value, jsonSafe)}\n`;
}

/** A table without frames, as people read it. */
export function table(
  columns: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
): string {
  const drawn = new Table({
    head: columns.map((name) => colors.dim(name)),
    chars: NO_FRAME,
    style: { 'padding-left': 0, 'padding-right': 2, head: [], border: [] },
  });
  for (const row of rows) drawn.push(columns.map((name) => printable(row[name])));
  return drawn.toString();
}

const NO_FRAME = Object.fromEntries(
  'top,top-mid,top-left,top-right,bottom,bottom-mid,bottom-left,bottom-right,left,left-mid,mid,mid-mid,right,right-mid,middle'
    .split(',')
    .map((part) => [part, '']),
);

function printable(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value, jsonSafe);
  return withoutControls(text);
}

/** Text from strangers cannot move the cursor or colour the terminal: control characters are shown, not sent. */
export function withoutControls(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are exactly the characters to be kept from a terminal
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '�');
}

function jsonSafe(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
