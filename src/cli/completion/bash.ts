import type { CommandWords, Expected } from './command-words.ts';

/**
 * A completion function for bash, which zsh understands as well. It holds all words itself: pressing Tab starts no
 * program and evaluates nothing that was typed. `path` and `words` mean something of their own to zsh.
 */
export function bashCompletion(name: string, commands: readonly CommandWords[]): string {
  return `_${name}() {
  local cur prev at="" i word offered="" kind=""
  cur="\${COMP_WORDS[COMP_CWORD]}"
  prev="\${COMP_WORDS[COMP_CWORD-1]}"
  if [ "$cur" = "=" ]; then cur=""; elif [ "$prev" = "=" ]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  COMPREPLY=()
  i=1
  while [ "$i" -lt "$COMP_CWORD" ]; do
    word="\${COMP_WORDS[i]}"
    case "$at/$word" in
      ${pattern(pathsOf(commands))}) at="$at/$word" ;;
      ${pattern(valuedOptions(commands))}) i=$((i + 1)) ;;
    esac
    i=$((i + 1))
  done
  case "$at/$prev" in
${valueCases(commands).join('\n')}
    *)
      case "$cur" in
        -*)
          case "$at" in
${commands.map(optionCase).join('\n')}
          esac ;;
        *)
          case "$at" in
${commands.map(argumentCase).join('\n')}
          esac ;;
      esac ;;
  esac
  local IFS=$'\\n'
  case "$kind" in
    file) compopt -o filenames 2>/dev/null; COMPREPLY=( $(compgen -f -- "$cur") ) ;;
    directory) compopt -o filenames 2>/dev/null; COMPREPLY=( $(compgen -d -- "$cur") ) ;;
    *) IFS=$' \\t\\n'; COMPREPLY=( $(compgen -W "$offered" -- "$cur") ) ;;
  esac
}
complete -F _${name} ${name}
`;
}

/** The same for zsh, by its own adapter for functions of bash. */
export function zshCompletion(name: string, commands: readonly CommandWords[]): string {
  return `autoload -Uz compinit bashcompinit
(( $+functions[compdef] )) || compinit
bashcompinit
${bashCompletion(name, commands)}`;
}

function pathsOf(commands: readonly CommandWords[]): string[] {
  return commands.flatMap(({ path, commands: own }) => own.map((each) => `${path}/${each.name}`));
}

function valuedOptions(commands: readonly CommandWords[]): string[] {
  return commands.flatMap(({ path, options }) =>
    options.filter(({ value }) => value !== null).map(({ long }) => `${path}/${long}`),
  );
}

/** What comes after options that take a value, those with the same values together. */
function valueCases(commands: readonly CommandWords[]): string[] {
  const values = commands.flatMap(({ path, options }) =>
    options.flatMap(({ long, value }) =>
      value === null ? [] : [{ word: `${path}/${long}`, offered: offer(value) }],
    ),
  );
  return [...Map.groupBy(values, ({ offered }) => offered)].map(
    ([offered, alike]) => `    ${pattern(alike.map(({ word }) => word))}) ${offered} ;;`,
  );
}

function optionCase({ path, options }: CommandWords): string {
  return `            ${quote(path)}) offered=${quote(options.map(({ long }) => long).join(' '))} ;;`;
}

function argumentCase({ path, commands, argument }: CommandWords): string {
  const names = commands.map(({ name }) => name);
  return `            ${quote(path)}) ${offer(names.length > 0 ? names : argument)} ;;`;
}

function offer(expected: Expected): string {
  if (expected === 'anything') return ':';
  return typeof expected === 'string' ? `kind=${expected}` : `offered=${quote(expected.join(' '))}`;
}

/** Alternatives of a `case`; one that nothing matches where there are none. */
function pattern(words: readonly string[]): string {
  return words.length === 0 ? "''" : words.map(quote).join('|');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\\\''")}'`;
}
