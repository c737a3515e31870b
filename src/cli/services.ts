import type { Command } from 'commander';
import { failure, kindContract, success, type Outcome } from '../protocol/index.ts';
import { SHELF, type ShelfService } from '../services/index.ts';
import type { CommandRunner } from './command-runner.ts';
import { nearestName } from './nearest-name.ts';
import type { Output } from './output.ts';

const LEGEND =
  'Sell one by [[service]] shelf = "<service>" in coinop.toml; `coinop services <service>` tells more.';

/** Adds `coinop services`. */
export function addServicesCommand(program: Command, { run }: CommandRunner): void {
  program
    .command('services')
    .description('list the services that come with coinop, and which can be sold on this machine')
    .argument('[service]', 'one of them, to see what it does and what may be set')
    .action((name: string | undefined) =>
      run((output) => (name === undefined ? listServices(output) : showService(name, output))),
    );
}

/** `coinop services`: the shelf, with what each entry lacks here to be sold with its usual settings. */
export async function listServices(output: Output): Promise<Outcome<void>> {
  const entries = await Promise.all(SHELF.map(factsOf));
  const rows = output.json
    ? entries
    : entries.map(({ missing, ...entry }) => ({ ...entry, here: missing?.message ?? 'ready' }));
  output.rows(['service', 'kind', 'job', 'here'], rows);
  if (!output.json) output.note(LEGEND);
  return success(undefined);
}

/** `coinop services <service>`: all of one entry. Fails with `unknown-service`. */
export async function showService(name: string, output: Output): Promise<Outcome<void>> {
  const entry = SHELF.find((known) => known.name === name);
  if (entry === undefined) {
    const names = SHELF.map((known) => known.name);
    const meant = nearestName(name, names);
    const hint = meant === null ? `there are ${names.join(', ')}` : `did you mean "${meant}"?`;
    return failure('unknown-service', `No service of the shelf is called "${name}"; ${hint}`);
  }
  const facts = await factsOf(entry);
  output.facts(
    output.json
      ? facts
      : { ...facts, settings: facts.settings.join(', '), missing: facts.missing?.message ?? 'nothing' },
  );
  return success(undefined);
}

async function factsOf({ name, kind, about, settings, missing }: ShelfService) {
  const lacking = await missing({});
  return {
    service: name,
    kind,
    job: kindContract(kind).name,
    about,
    settings: Object.keys(settings.shape),
    ready: lacking === null,
    missing: lacking,
  };
}
