import { failure, success, type ExchangeMode, type Outcome } from '../protocol/index.ts';
import { ServiceSettings } from '../services/index.ts';
import { TERM_FLAGS, termsOf, type TermFlags } from './serve-terms.ts';

/** The flags of `coinop serve` that describe one service. */
export interface ServiceFlags extends TermFlags {
  readonly kind?: number;
  readonly exec?: string;
  readonly protocol?: string;
  readonly module?: string;
  readonly http?: string;
  readonly model?: string;
  readonly modelUrl?: string;
  readonly mcp?: string;
  readonly tool?: readonly string[];
  readonly shelf?: string;
  readonly keyEnv?: string;
  readonly name?: string;
  readonly timeout?: number;
  readonly concurrency?: number;
  readonly exchange?: readonly ExchangeMode[];
  readonly waitForPayment: boolean;
}

/** Between the end of a program and the end of its job: inputs are fetched, and the program is ended. */
const AROUND_WORK_SECONDS = 10;

/**
 * The service that the flags describe, as a configuration file would; `null` when they name nothing that does the work.
 * Fails with `invalid-argument`.
 */
export function serviceOfFlags(flags: ServiceFlags): Outcome<ServiceSettings | null> {
  const { exec, module, http, model, mcp, shelf } = flags;
  if ([exec, module, http, model, mcp, shelf].every((work) => work === undefined)) return success(null);
  const parsed = ServiceSettings.safeParse(
    withoutGaps({
      kind: flags.kind,
      ...withoutGaps(termsOf(flags)),
      name: flags.name,
      concurrency: flags.concurrency,
      exchanges: flags.exchange,
      worst_seconds: flags.timeout === undefined ? undefined : flags.timeout + AROUND_WORK_SECONDS,
      wait_for_payment: flags.waitForPayment ? true : undefined,
      shelf,
      module,
      exec: exec === undefined ? undefined : withoutGaps({ command: exec, protocol: flags.protocol }),
      http: http === undefined ? undefined : withoutGaps({ url: http, key_env: flags.keyEnv }),
      model:
        model === undefined ? undefined : withoutGaps({ model, url: flags.modelUrl, key_env: flags.keyEnv }),
      mcp: mcp === undefined ? undefined : mcpOf(mcp, flags),
    }),
  );
  if (parsed.success) return success(parsed.data);
  const [issue] = parsed.error.issues;
  const flag = FLAGS[issue?.path.join('.') ?? ''] ?? '';
  return failure('invalid-argument', `${flag} ${issue?.message ?? ''}`.trim());
}

/** A server is a URL or a command line. */
function mcpOf(server: string, { tool, keyEnv }: ServiceFlags): object {
  const at = /^https?:\/\//.test(server) ? { url: server, key_env: keyEnv } : { command: server };
  return withoutGaps({ ...at, tools: tool });
}

function withoutGaps(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** How people who write flags know the fields. */
const FLAGS: Readonly<Record<string, string>> = {
  kind: '--kind',
  ...TERM_FLAGS,
  shelf: '--shelf: the shelf',
  'http.url': '--http',
  'model.url': '--model-url',
  'mcp.url': '--mcp',
};
