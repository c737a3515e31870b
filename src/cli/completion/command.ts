import { Argument, type Command } from 'commander';
import type { CommandRunner } from '../command-runner.ts';
import { success } from '../../protocol/index.ts';
import { bashCompletion, zshCompletion } from './bash.ts';
import { commandWords } from './command-words.ts';
import { fishCompletion } from './fish.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** Adds `coinop completion`, which knows the commands that the program has when it is run. */
export function addCompletionCommand(program: Command, { run }: CommandRunner): void {
  program
    .command('completion')
    .description('print completions for a shell, such as: source <(coinop completion bash)')
    .addArgument(new Argument('<shell>').choices(Object.keys(SHELLS)))
    .action((shell: keyof typeof SHELLS) =>
      run(async (output) => {
        output.data(SHELLS[shell](program.name(), commandWords(program)));
        return success(undefined);
      }),
    );
}
