import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Providers that other people wrote in Python, and what they run on. */
export const PYTHON_PROVIDERS = {
  'nostr-dvm': { version: '1.1.8', packages: ['nostr-dvm==1.1.8'], python: [3, 10] },
  // ezdvm does not bound nostr_sdk, whose later versions lack what it calls.
  ezdvm: { version: '0.1.2', packages: ['ezdvm==0.1.2', 'nostr_sdk==0.36.0'], python: [3, 12] },
} as const;

const PYTHONS = ['python3', 'python3.13', 'python3.12', 'python3.11', ...pyenvPythons()];

/** Installs one from PyPI into a virtual environment that is kept, and tells the interpreter that has it. */
export async function installPythonProvider(name: keyof typeof PYTHON_PROVIDERS): Promise<string> {
  const { version, packages, python } = PYTHON_PROVIDERS[name];
  const environment = join(tmpdir(), 'coinop-interop', `${name}-${version}`);
  const interpreter = join(environment, 'bin', 'python');
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
  const { status } = spawnSync(command, parameters, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`${command} ${parameters[0]} failed`);
}
