import { globSync } from 'node:fs';
import { testsOf } from './test-titles.ts';

/** An existing test that shows something: its file, and its title or `describe > title` where that is needed to tell it apart. */
export interface Evidence {
  readonly file: string;
  readonly title: string;
  /** The row of an `each` table that is meant, by a text that stands in it. */
  readonly row?: string;
}

/** Cites tests of one file. */
export function testsIn(file: string): (title: string, row?: string) => Evidence {
  return (title, row) => (row === undefined ? { file, title } : { file, title, row });
}

const read = new Map<string, ReturnType<typeof testsOf>>();

/** What is wrong with a citation; `null` when it names exactly one test that runs. */
export function faultOf({ file, title, row }: Evidence): string | null {
  if (!read.has(file)) read.set(file, globSync(file).length === 1 ? testsOf(file) : []);
  const found = read.get(file)?.filter(({ path }) => path === title || path.endsWith(` > ${title}`)) ?? [];
  const [cited] = found;
  if (cited === undefined || found.length > 1) return `${file} has ${found.length} tests "${title}"`;
  if (cited.skipped) return `${file}: "${title}" is skipped`;
  return row === undefined || cited.rows.includes(row) ? null : `${file}: "${title}" has no row "${row}"`;
}
