import { stat } from 'node:fs/promises';
import { hostAndPort } from '../../http/index.ts';
import { createGuardedFetch } from '../../http/node.ts';
import type { Failure } from '../../protocol/index.ts';
import { runProcess } from '../contained-process.ts';
import { programOf, scriptOf } from '../handlers/command-line.ts';
import { scrubbedEnvironment } from '../handlers/handler-environment.ts';
import { readSecret, type SecretSource } from '../secret-source.ts';

const PROBE_TIMEOUT_MS = 10_000;

/** `tool-missing` when the program of a command is not there, or the script that it is to run. */
export async function missingProgram(
  command: string | readonly string[],
  signal: AbortSignal,
): Promise<Failure | null> {
  const program = programOf(command);
  if (program === null) return null;
  const found = await runProcess({
    command: '/bin/sh',
    args: ['-c', 'command -v -- "$0"', program],
    shell: false,
    env: scrubbedEnvironment({}),
    stdin: new Uint8Array(),
    timeoutMs: PROBE_TIMEOUT_MS,
    maxOutputBytes: 65_536,
    signal,
  });
  if (found.ok && found.value.exitCode === 0) return missingScript(command);
  return {
    code: 'tool-missing',
    message: `The program ${program} is not there; install it or name it by its path.`,
    data: { tool: program },
  };
}

async function missingScript(command: string | readonly string[]): Promise<Failure | null> {
  const script = scriptOf(command);
  if (script === null || (await stat(script).catch(() => null)) !== null) return null;
  return {
    code: 'tool-missing',
    message: `There is no script ${script}; write it, or name it by its path as seen from here.`,
    data: { tool: script },
  };
}

/**
 * `key-missing`, `key-refused` or `endpoint-unreachable`; any other answer means that somebody is there, whatever it
 * thinks of being asked nothing.
 */
export async function missingEndpoint(
  url: string,
  keyFrom: SecretSource | undefined,
  signal: AbortSignal,
): Promise<Failure | null> {
  const key = keyFrom === undefined ? '' : await readSecret(keyFrom);
  if (key === null)
    return {
      code: 'key-missing',
      message: `The key for ${url} is absent or empty; set ${keyFrom !== undefined && 'env' in keyFrom ? `the variable ${keyFrom.env}` : 'its file'}.`,
    };
  const fetch = createGuardedFetch({
    allowHosts: [hostAndPort(new URL(url))],
    timeoutMs: PROBE_TIMEOUT_MS,
    maxBytes: 65_536,
  });
  const headers = key === '' ? {} : { authorization: `Bearer ${key}` };
  const probed = await fetch(url, { signal, headers });
  if (probed.ok) return null;
  const { code, data } = probed.failure;
  if (code === 'url-status' && (data?.['status'] === 401 || data?.['status'] === 403))
    return { code: 'key-refused', message: `${url} refuses the key; check it.` };
  if (code !== 'url-unreachable' && code !== 'url-timeout') return null;
  return { code: 'endpoint-unreachable', message: `Nobody answers at ${url}; start it or correct the URL.` };
}
