import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** A test as its source names it. */
export interface NamedTest {
  /** Titles from the outermost `describe` in, joined by ` > `. */
  readonly path: string;
  /** Whether it is switched off in the source. */
  readonly skipped: boolean;
  /** The requirements it names, when it is a `verifies`. */
  readonly ids: readonly string[];
}

/** Lists the tests of a source file without running it: `test`, `it` and `verifies`, also their `each` forms. */
export function testsOf(file: string): NamedTest[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: NamedTest[] = [];
  const visit = (node: ts.Node, outer: readonly string[], skipped: boolean): void => {
    const call = ts.isCallExpression(node) ? callOf(node) : null;
    if (call === null) return ts.forEachChild(node, (child) => visit(child, outer, skipped));
    const path = [...outer, call.title];
    const off = skipped || call.skipped;
    if (call.name === 'describe') node.forEachChild((child) => visit(child, path, off));
    else found.push({ path: path.join(' > '), skipped: off, ids: call.ids });
  };
  visit(source, [], false);
  return found;
}

interface TestCall {
  readonly name: string;
  readonly title: string;
  readonly skipped: boolean;
  readonly ids: readonly string[];
}

function callOf(node: ts.CallExpression): TestCall | null {
  const words = namesIn(node.expression);
  const [name = ''] = words;
  if (!['describe', 'test', 'it', 'verifies'].includes(name)) return null;
  const [first, second] = node.arguments;
  const title = textOf(name === 'verifies' ? second : first);
  if (title === null) return null;
  const skipped = words.some((word) => ['skip', 'todo', 'fails'].includes(word));
  return { name, title, skipped, ids: name === 'verifies' ? textsOf(first) : [] };
}

/** `test.each([…])` → `test`, `each`. */
function namesIn(expression: ts.Expression): string[] {
  if (ts.isIdentifier(expression)) return [expression.text];
  if (ts.isPropertyAccessExpression(expression))
    return [...namesIn(expression.expression), expression.name.text];
  return ts.isCallExpression(expression) ? namesIn(expression.expression) : [];
}

function textOf(node: ts.Node | undefined): string | null {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : null;
}

function textsOf(node: ts.Node | undefined): string[] {
  const nodes = node !== undefined && ts.isArrayLiteralExpression(node) ? node.elements : [node];
  return nodes.map((element) => textOf(element) ?? 'not a literal');
}
