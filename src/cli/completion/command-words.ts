import type { Argument, Command, Option } from 'commander';

/** What may follow where a value is expected: one of these words, a path, or something that nobody can guess. */
export type Expected = 'anything' | 'file' | 'directory' | readonly string[];

/** An option as it is completed. */
export interface OptionWords {
  readonly long: string;
  readonly about: string;
  /** `null` for one that takes no value. */
  readonly value: Expected | null;
}

/** Everything that may be typed after one command. */
export interface CommandWords {
  /** Such as `/wallet/connect`; empty for the program itself. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly about: string }[];
  readonly options: readonly OptionWords[];
  readonly argument: Expected;
}

/** Every command of a program, the program itself first, with the options of its parents: they are taken everywhere. */
export function commandWords(command: Command, parents: readonly Command[] = []): CommandWords[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command).filter((each) => command.commands.includes(each));
  const lineage = [...parents, command];
  const options = lineage.flatMap((each) => help.visibleOptions(each)).flatMap(optionWords);
  const distinct = new Map(options.map((option) => [option.long, option]));
  return [
    {
      path: lineage
        .slice(1)
        .map((each) => `/${each.name()}`)
        .join(''),
      commands: commands.map((each) => ({ name: each.name(), about: each.description() })),
      options: [...distinct.values()],
      argument: argumentOf(command.registeredArguments),
    },
    ...commands.flatMap((each) => commandWords(each, lineage)),
  ];
}

function optionWords(option: Option): OptionWords[] {
  const { long, description: about, required, optional, argChoices, flags } = option;
  if (long === undefined || long === null) return [];
  const takesValue = required || optional;
  return [{ long, about, value: takesValue ? (argChoices ?? pathOf(flags)) : null }];
}

/** Commands with several arguments take their file first among those that can be guessed. */
function argumentOf(taken: readonly Argument[]): Expected {
  const guesses = taken.map((argument) => argument.argChoices ?? pathOf(`<${argument.name()}>`));
  return guesses.find((guess) => guess !== 'anything') ?? 'anything';
}

/** By the placeholder in the usage: `<path>`, `<file>` and `<input>` are files, `<dir>` is a directory. */
function pathOf(usage: string): Expected {
  if (/[<[](path|file|input)[>\]]/.test(usage)) return 'file';
  return /[<[]dir[>\]]/.test(usage) ? 'directory' : 'anything';
}
