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
  /** Every text that is written out in the table of its `each` form, also that of a `describe` around it. */
  readonly rows: readonly string[];
}

/** Lists the tests of a source file without running it: `test`, `it` and `verifies`, also their `each` forms. */
export function testsOf(file: string): NamedTest[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: NamedTest[] = [];
  const visit = (node: ts.Node, outer: Pick<TestCall, 'skipped' | 'rows'> & { path: string[] }): void => {
    const call = ts.isCallExpression(node) ? callOf(node) : null;
    if (call === null) return ts.forEachChild(node, (child) => visit(child, outer));
    const path = [...outer.path, call.title];
    const rows = [...outer.rows, ...call.rows];
    const skipped = outer.skipped || call.skipped;
    if (call.name === 'describe') node.forEachChild((child) => visit(child, { path, skipped, rows }));
    else found.push({ path: path.join(' > '), skipped, rows, ids: call.ids });
  };
  visit(source, { path: [], skipped: false, rows: [] });
  return found;
}

interface TestCall {
  readonly name: string;
  readonly title: string;
  readonly skipped: boolean;
  readonly ids: readonly string[];
  readonly rows: readonly string[];
}

function callOf(node: ts.CallExpression): TestCall | null {
  const words = namesIn(node.expression);
  const [name = ''] = words;
  if (!['describe', 'test', 'it', 'verifies'].includes(name)) return null;
  const [first, second] = node.arguments;
  const title = textOf(name === 'verifies' ? second : first);
  if (title === null) return null;
  const skipped = words.some((word) => ['skip', 'todo', 'fails'].includes(word));
  const rows = ts.isCallExpression(node.expression) ? node.expression.arguments.flatMap(textsIn) : [];
  return { name, title, skipped, rows, ids: name === 'verifies' ? textsOf(first) : [] };
}

/** Every text in a table, keys of objects included; one that a constant of the file holds is looked up. */
function textsIn(node: ts.Node): string[] {
  if (ts.isIdentifier(node) && ts.isCallExpression(node.parent)) return textsOfConstant(node);
  const isText =
    ts.isStringLiteralLike(node) ||
    (ts.isIdentifier(node) && ts.isPropertyAssignment(node.parent) && node.parent.name === node);
  const texts = isText ? [node.text] : [];
  ts.forEachChild(node, (child) => void texts.push(...textsIn(child)));
  return texts;
}

function textsOfConstant(name: ts.Identifier): string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === name.text && node.initializer)
      texts.push(...textsIn(node.initializer));
    ts.forEachChild(node, visit);
  };
  visit(name.getSourceFile());
  return texts;
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
