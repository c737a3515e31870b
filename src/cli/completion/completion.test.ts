import { Command, Option } from 'commander';
import { expect, test } from 'vitest';
import { zshCompletion } from './bash.ts';
import { commandWords } from './command-words.ts';
import { fishCompletion } from './fish.ts';

/** A program of every shape that matters here. */
function program(): Command {
  const shop = new Command('shop').option('--home <dir>', 'where');
  shop.command('buy').description("what's new").argument('<input>').option('--quick', 'at once');
  const till = shop
    .command('till')
    .description('the till')
    .addOption(new Option('--of <who>').choices(['a', 'b']));
  till.command('open').description('open it');
  shop.command('secret', { hidden: true });
  return shop;
}

test('every visible command is listed with what may follow it', () => {
  const words = commandWords(program());
  expect(words.map(({ path }) => path)).toEqual(['', '/buy', '/till', '/till/open']);
  const buy = words.find(({ path }) => path === '/buy');
  expect(buy).toMatchObject({ argument: 'file', commands: [] });
  expect(buy?.options.map(({ long, value }) => [long, value])).toEqual([
    ['--home', 'directory'],
    ['--help', null],
    ['--quick', null],
  ]);
  const open = words.find(({ path }) => path === '/till/open');
  expect(open?.options.find(({ long }) => long === '--of')?.value).toEqual(['a', 'b']);
});

test('fish gets a line for each word, its quotes escaped', () => {
  const script = fishCompletion('shop', commandWords(program()));
  expect(script).toContain(String.raw`-a buy -d 'what\'s new'`);
  expect(script).toContain(String.raw`-n '__shop_at \'/till\'' -l of -x -a 'a b'`);
  expect(script).toContain(String.raw`-n '__shop_at \'/buy\'' -F`);
  expect(script).toContain(`case '/buy' '/till' '/till/open'`);
});

test('zsh gets the function of bash, without names that mean something to zsh', () => {
  const script = zshCompletion('shop', commandWords(program()));
  expect(script).toMatch(/^autoload -Uz compinit bashcompinit\n/);
  expect(script).toContain('complete -F _shop shop');
  expect(script).not.toMatch(/\b(path|words)=/);
});
