import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/** Where the words are made that a customer may read in an `error` tag. */
const SOURCES = [
  'src/provider/*.ts',
  'src/provider/chain/*.ts',
  'src/provider/follow-up/*.ts',
  'src/provider/output/*.ts',
  'src/provider/payment/*.ts',
  'src/provider/pricing/*.ts',
  'src/protocol/job-chain.ts',
  'src/services/*.ts',
  'src/services/{handlers,media,speech-to-text,ocr,text-to-speech,music,images,translation,video}/*.ts',
  'src/http/*.ts',
  'src/protocol/kinds/violation.ts',
];

/** Every failure code that is written out in those sources, with a file that has it. */
export function codesInSources(): ReadonlyMap<string, string> {
  const codes = new Map<string, string>();
  const files = SOURCES.flatMap((pattern) => globSync(pattern)).filter((file) => !file.endsWith('.test.ts'));
  for (const file of files.toSorted()) {
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      const code = codeOf(node);
      if (code !== null && !codes.has(code)) codes.set(code, file);
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return codes;
}

/** `new JobFailure('code', …)`, `failure('code', …)`, `refuse(…, 'code', …)`, `{ code: 'code', … }`. */
function codeOf(node: ts.Node): string | null {
  if (ts.isNewExpression(node) && node.expression.getText() === 'JobFailure')
    return textOf(node.arguments?.[0]);
  if (ts.isCallExpression(node) && node.expression.getText() === 'failure') return textOf(node.arguments[0]);
  if (ts.isCallExpression(node) && node.expression.getText() === 'refuse') return textOf(node.arguments[1]);
  if (ts.isPropertyAssignment(node) && node.name.getText() === 'code') return textOf(node.initializer);
  return null;
}

function textOf(node: ts.Node | undefined): string | null {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : null;
}
