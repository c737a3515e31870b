/**
 * Our customer buys from providers that other people wrote in Python: `node test/interop/python-providers.ts`.
 * Installs nostr-dvm and ezdvm from PyPI into virtual environments that are kept; ends with 1 when that fails, a
 * provider does not answer or a test fails.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startVitest } from 'vitest/node';

const NOSTR_DVM = { name: 'nostr-dvm', version: '1.1.8', packages: ['nostr-dvm==1.1.8'], python: [3, 10] };
/** ezdvm does not bound nostr_sdk, whose later versions lack what it calls. */
const EZDVM = {
  name: 'ezdvm',
  version: '0.1.2',
  packages: ['ezdvm==0.1.2', 'nostr_sdk==0.36.0'],
  python: [3, 12],
};
const PYTHONS = ['python3', 'python3.13', 'python3.12', 'python3.11', ...pyenvPythons()];

process.env['COINOP_NOSTR_DVM_PYTHON'] = await install(NOSTR_DVM);
process.env['COINOP_EZDVM_PYTHON'] = await install(EZDVM);
const suite = fileURLToPath(new URL('./python-providers-suite.ts', import.meta.url));
const vitest = await startVitest('test', [], { run: true, watch: false, include: [suite] });
const files = vitest.state.getTestModules();
const passed = files.length > 0 && files.every((file) => file.ok());
await vitest.close();
say(passed ? 'our customer bought from nostr-dvm and ezdvm' : 'nostr-dvm and ezdvm: FAILED');
process.exitCode = passed ? 0 : 1;

/** Installs the packages, and tells the interpreter that has them. */
async function install({ name, version, packages, python }: typeof NOSTR_DVM): Promise<string> {
  const environment = join(tmpdir(), 'coinop-interop', `${name}-${version}`);
  const interpreter = join(environment, 'bin', 'python');
  say(`installing ${name} ${version} into ${environment}`);
  if (!existsSync(interpreter)) {
    const [major, minor] = python;
    const check = `import sys; sys.exit(not (${major}, ${minor}) <= sys.version_info[:2] <= (3, 13))`;
    const found = PYTHONS.find((each) => spawnSync(each, ['-c', check], { stdio: 'ignore' }).status === 0);
    if (found === undefined) throw new Error(`${name} needs Python ${major}.${minor} to 3.13: install one`);
    await mkdir(environment, { recursive: true });
    run(found, ['-m', 'venv', '--clear', environment]);
  }
  run(interpreter, ['-m', 'pip', 'install', '--quiet', ...packages]);
  return interpreter;
}

/** Versions that pyenv keeps beside the one that it shows. */
function pyenvPythons(): string[] {
  const versions = join(homedir(), '.pyenv', 'versions');
  if (!existsSync(versions)) return [];
  return readdirSync(versions).map((version) => join(versions, version, 'bin', 'python3'));
}

function run(command: string, parameters: readonly string[]): void {
  const { status } = spawnSync(command, parameters, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${command} ${parameters[0]} failed`);
}

function say(words: string): void {
  process.stdout.write(`interop: ${words}\n`);
}
