import type { CommandWords, Expected } from './command-words.ts';

/** Completions for fish. They hold all words themselves: pressing Tab starts no program. */
export function fishCompletion(name: string, commands: readonly CommandWords[]): string {
  const paths = commands.flatMap(({ path, commands: own }) => own.map((each) => `${path}/${each.name}`));
  const valued = commands.flatMap(({ path, options }) =>
    options.filter(({ value }) => value !== null).map(({ long }) => `${path}/${long}`),
  );
  return `function __${name}_path
  set -l path ''
  set -l skip ''
  set -l words (commandline -opc)
  for word in $words[2..-1]
    if test -n "$skip"
      set skip ''
      continue
    end
    switch "$path/$word"
      case ${paths.map(quote).join(' ')}
        set path "$path/$word"
      case ${valued.map(quote).join(' ')}
        set skip yes
    end
  end
  echo $path
end
function __${name}_at
  set -l path (__${name}_path)
  test "$path" = "$argv[1]"
end
complete -c ${name} -f
${commands.flatMap((command) => linesOf(name, command)).join('\n')}
`;
}

function linesOf(name: string, { path, commands, options, argument }: CommandWords): string[] {
  const at = `complete -c ${name} -n ${quote(`__${name}_at ${quote(path)}`)}`;
  return [
    ...commands.map((each) => `${at} -a ${each.name} -d ${quote(each.about)}`),
    ...options.map(({ long, about, value }) => {
      const taken = value === null ? '' : ` ${expected(value, '-x')}`;
      return `${at} -l ${long.slice(2)}${taken} -d ${quote(about)}`;
    }),
    ...(commands.length > 0 || argument === 'anything' ? [] : [`${at} ${expected(argument, '')}`]),
  ];
}

/** How fish is told of a value; `alone` says that nothing else may stand there. */
function expected(value: Expected, alone: '-x' | ''): string {
  if (value === 'anything') return alone;
  if (value === 'file') return alone === '' ? '-F' : '-r -F';
  const words = value === 'directory' ? '(__fish_complete_directories)' : value.join(' ');
  return `${alone} -a ${quote(words)}`.trim();
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
