/** Whatever the engine or a provider can say went wrong is said in the language of the page. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { ACCOUNT } from '../../web/app/failures/account.strings.en.ts';
import { BUYING } from '../../web/app/failures/buying.strings.en.ts';
import { MONEY } from '../../web/app/failures/money.strings.en.ts';
import { REFUSALS } from '../../web/app/failures/refusals.strings.en.ts';
import { SELLING } from '../../web/app/failures/selling.strings.en.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const WORDS = { ...ACCOUNT, ...BUYING, ...MONEY, ...SELLING, ...REFUSALS };

/** Parts of the worker whose codes no page is told, and why. */
const NOT_TOLD: Readonly<Record<string, string>> = {
  'src/protocol/': 'events of others that are not understood are left out; what is said of own ones is below',
  'src/directory/listing.ts': 'why a service is set aside is said by the directory, in words of its own',
  'src/directory/provider-lists.ts': 'the page brings no lists of its own',
  'src/customer/check-offer.ts': 'why an offer cannot be taken is said beside it, in words of its own',
  'src/customer/check-ecash.ts': 'the same',
  'src/customer/errors.ts': 'the same; what else it names is told where it is made',
  'src/customer/survey.ts': 'the same',
  'src/customer/policies/': 'the same',
  'src/customer/zap-invoice.ts': 'the page pays no zaps',
  'src/customer/verify-result/': 'how a check of a result ended is a verdict, which has words of its own',
  'src/customer/orders/': 'the page places no orders',
  'src/customer/balance/': 'the page prepays nobody',
  'src/provider/balance/': 'nobody prepays a page',
  'src/ledger/sql/balance': 'nobody prepays a page',
  'src/ledger/sql/prepaid.ts': 'nobody prepays a page',
  'src/provider/pricing/': 'tells customers; a person names the price',
  'src/provider/paid-fetch.ts': 'no service of a page buys anything',
  'src/money/lnbits/': 'a page has no such wallet',
  'src/money/lnd/': 'a page has no such wallet',
  'src/money/wallet-server.ts': 'a page has no such wallet',
  'src/money/connections/': 'a page hands out no connections to its wallet',
  'src/blobs/authorization.ts': 'is said by a server for files',
  'src/store/browser/table-copy.ts':
    'who reads a copy says that it is unreadable, or that the books are in use',
  'src/ecash/relay-copy.ts': 'a page keeps its copies itself',
};

/** In those parts, what the page is told all the same. */
const TOLD_THOUGH: ReadonlySet<string> = new Set([
  'src/protocol/bolt11.ts',
  'src/protocol/job-chain.ts',
  'src/protocol/sealing.ts',
  'src/protocol/payments/reveal.ts',
]);

test('every code that the engine can tell the page has words', () => {
  const wordless = modulesOf('web/engine/worker/main.ts').flatMap((file) =>
    isTold(file) ? codesIn(file).flatMap((code) => (code in WORDS ? [] : [`${code} of ${file}`])) : [],
  );
  expect(wordless).toEqual([]);
});

test('every part that is left out is there', () => {
  const modules = modulesOf('web/engine/worker/main.ts');
  const gone = Object.keys(NOT_TOLD).filter((part) => !modules.some((file) => file.startsWith(part)));
  expect([...gone, ...[...TOLD_THOUGH].filter((file) => !modules.includes(file))]).toEqual([]);
});

test('every refusal that the protocol names has words', () => {
  const protocol = readFileSync(join(ROOT, 'docs', 'protocol.md'), 'utf8');
  const table = protocol.split('## Refusal codes')[1]?.split('\n## ')[0] ?? '';
  const codes = [...table.matchAll(/^\| `([a-z-]+)`/gm)].map(([, code = '']) => code);
  expect(codes.length).toBeGreaterThan(60);
  expect(codes.filter((code) => !(code in REFUSALS))).toEqual([]);
});

function isTold(file: string): boolean {
  return TOLD_THOUGH.has(file) || !Object.keys(NOT_TOLD).some((part) => file.startsWith(part));
}

/** Everything that a module of ours brings along at runtime. */
function modulesOf(entry: string): string[] {
  const found = new Set<string>();
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    for (const { fileName } of ts.preProcessFile(withoutTypes(file)).importedFiles) {
      const path = relative(ROOT, join(ROOT, dirname(file), fileName));
      if (fileName.startsWith('.') && existsSync(join(ROOT, path))) waiting.push(path);
    }
  }
  return [...found];
}

function withoutTypes(file: string): string {
  return sourceOf(file).replace(/^(?:import|export) type\b[^;]*;/gm, '');
}

function sourceOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** What makes a failure, its code first. */
const MAKERS: ReadonlySet<string> = new Set([
  'failure',
  'refuse',
  'refused',
  'JobFailure',
  'StoreError',
  'signerError',
]);

/** The codes of failures that a file makes or names the type of. */
function codesIn(file: string): string[] {
  const codes = new Set<string>();
  const take = (node: ts.Node) => {
    if (ts.isStringLiteral(node) && /^[a-z]+(-[a-z]+)*$/.test(node.text)) codes.add(node.text);
    if (ts.isConditionalExpression(node)) [node.whenTrue, node.whenFalse].forEach(take);
    if (ts.isLiteralTypeNode(node)) take(node.literal);
    if (ts.isUnionTypeNode(node)) node.types.forEach(take);
  };
  const look = (node: ts.Node) => {
    const makes = ts.isCallExpression(node) || ts.isNewExpression(node);
    if (makes && MAKERS.has(node.expression.getText())) node.arguments?.slice(0, 1).forEach(take);
    if (ts.isTypeAliasDeclaration(node) && node.name.text.endsWith('FailureCode')) take(node.type);
    if (ts.isObjectLiteralExpression(node) && node.properties.some(isNamed('message')))
      for (const property of node.properties.filter(isNamed('code')))
        if (ts.isPropertyAssignment(property)) take(property.initializer);
    ts.forEachChild(node, look);
  };
  look(ts.createSourceFile(file, sourceOf(file), ts.ScriptTarget.Latest, true));
  return [...codes];
}

function isNamed(name: string): (property: ts.ObjectLiteralElementLike) => boolean {
  return (property) => property.name?.getText() === name;
}
