import {
  announcedParams,
  failure,
  kindContract,
  satsToMsat,
  success,
  type Outcome,
} from '../../protocol/index.ts';
import { proofOfWorkByLoad, service, type PricingPolicy, type Service } from '../../provider/index.ts';
import { execHandler } from '../handlers/exec.ts';
import { httpHandler } from '../handlers/http.ts';
import { modelContract, modelHandler } from '../handlers/model.ts';
import { openModule } from '../handlers/module.ts';
import { modelEndpoint } from '../model-settings.ts';
import type { SecretSource } from '../secret-source.ts';
import type { ShelfContext } from '../shelf-service.ts';
import { SHELF } from '../shelf.ts';
import { missingEndpoint, missingProgram } from './missing.ts';
import { pricingOf } from './price-of.ts';
import { rescueOf } from './rescue-settings.ts';
import type { ServiceSettings } from './service-settings.ts';
import type { ExecWork, HttpWork, McpWork, ModelWork, ModuleWork } from './work-settings.ts';

/** Short enough for a hold that any customer can finish. */
const DEFAULT_WORST_SECONDS = 50;

/** A service before the operator's terms; `pricing` where its price is not always the same. */
interface MadeService {
  readonly service: Service;
  readonly pricing?: PricingPolicy | null;
}

/**
 * Makes the service that settings describe and checks that it can work here. What it runs ends with the context. Fails
 * with `tool-missing`, `endpoint-unreachable`, `key-missing`, `key-refused`, `module-not-found`, `module-not-loadable`,
 * `module-has-no-handler`, `mcp-unavailable`, or the codes of the shelf; messages say what to do.
 */
export async function openService(
  settings: ServiceSettings,
  context: ShelfContext,
): Promise<Outcome<Service>> {
  const made = await make(settings, context);
  return made.ok ? success(withTerms(made.value, settings)) : made;
}

async function make(settings: ServiceSettings, context: ShelfContext): Promise<Outcome<MadeService>> {
  const { exec, module, http, model, mcp } = settings;
  const worstSeconds = settings.worst_seconds ?? DEFAULT_WORST_SECONDS;
  const timeoutMs = worstSeconds * 1000;
  if (exec !== undefined) return makeExec(exec, settings.kind ?? 0, { timeoutMs, context });
  if (module !== undefined) return makeModule(module, settings.kind, context);
  if (http !== undefined) return makeHttp(http, settings.kind ?? 0, { timeoutMs, context });
  if (model !== undefined) return makeModel(model, settings.kind ?? 5050, { timeoutMs, context });
  if (mcp !== undefined) return makeMcp(mcp, settings, { timeoutMs, context });
  return makeFromShelf(settings, context);
}

async function makeFromShelf(
  { shelf, settings = {} }: ServiceSettings,
  context: ShelfContext,
): Promise<Outcome<MadeService>> {
  const found = SHELF.find(({ name }) => name === shelf);
  if (found === undefined) throw new Error(`Settings of the shelf's ${shelf} were not checked.`);
  const missing = await found.missing(settings);
  if (missing !== null) return { ok: false, failure: missing };
  const opened = await found.open(settings, context);
  return opened.ok ? success({ service: opened.value }) : opened;
}

/** How long a job may take, and what it is part of. */
interface Making {
  readonly timeoutMs: number;
  readonly context: ShelfContext;
}

async function makeExec(
  work: ExecWork,
  kind: number,
  { timeoutMs, context }: Making,
): Promise<Outcome<MadeService>> {
  const missing = await missingProgram(work.command, context.signal);
  if (missing !== null) return { ok: false, failure: missing };
  const [command = '', ...args] = typeof work.command === 'string' ? [work.command] : work.command;
  const exitCodes = Object.entries(work.exit_codes ?? {}).map(
    ([status, code]) => [Number(status), code] as const,
  );
  const handler = execHandler({
    command,
    args,
    shell: typeof work.command === 'string',
    timeoutMs,
    exitCodes: new Map(exitCodes),
    ...environmentOf(work),
    ...(work.protocol === undefined ? {} : { protocol: work.protocol }),
    ...(work.max_output_bytes === undefined ? {} : { maxOutputBytes: work.max_output_bytes }),
  });
  return success({ service: service({ kind, params: announcedParams(kindContract(kind)), handler }) });
}

async function makeModule(
  work: ModuleWork,
  kind: number | undefined,
  context: ShelfContext,
): Promise<Outcome<MadeService>> {
  const opened = await openModule(
    { path: work.path, ...environmentOf(work) },
    context.tellOperator,
    context.signal,
  );
  if (!opened.ok) return opened;
  context.onClose(opened.value.close);
  const { handler, declared } = opened.value;
  const { priceMsat, ...terms } = declared;
  const made = { kind: kind ?? declared.kind, ...terms };
  if (made.kind === undefined)
    return failure(
      'module-has-no-kind',
      `${work.path} says no kind, and neither does its service; add kind = ….`,
    );
  const sold = service({ ...made, kind: kind ?? made.kind, handler });
  return success({ service: priceMsat === undefined ? sold : { ...sold, priceMsat } });
}

async function makeHttp(
  work: HttpWork,
  kind: number,
  { timeoutMs, context }: Making,
): Promise<Outcome<MadeService>> {
  const tokenFrom = keySourceOf(work);
  const missing = await missingEndpoint(work.url, tokenFrom, context.signal);
  if (missing !== null) return { ok: false, failure: missing };
  const handler = httpHandler({
    url: work.url,
    timeoutMs,
    isIdempotent: work.idempotent ?? false,
    ...(tokenFrom === undefined ? {} : { tokenFrom }),
    ...(work.max_answer_bytes === undefined ? {} : { maxAnswerBytes: work.max_answer_bytes }),
  });
  return success({ service: service({ kind, params: announcedParams(kindContract(kind)), handler }) });
}

async function makeModel(
  work: ModelWork,
  kind: number,
  { timeoutMs, context }: Making,
): Promise<Outcome<MadeService>> {
  const endpoint = { timeoutMs, ...modelEndpoint(work) };
  const models = `${endpoint.baseUrl.replace(/\/+$/, '')}/models`;
  const missing = await missingEndpoint(models, endpoint.apiKeyFrom, context.signal);
  if (missing !== null) return { ok: false, failure: missing };
  const sale = {
    endpoint,
    ...(work.system === undefined ? {} : { system: work.system }),
    ...(work.max_tokens === undefined ? {} : { maxTokens: work.max_tokens }),
  };
  const about = `Written by the language model ${work.model}.`;
  const contract = modelContract(kind, sale);
  const sold = service({
    kind,
    about,
    contract,
    usualSeconds: 10,
    servesParams: new Map([['model', [work.model]]]),
    handler: modelHandler(kind, sale),
  });
  return success({ service: sold });
}

async function makeMcp(
  work: McpWork,
  settings: ServiceSettings,
  { timeoutMs, context }: Making,
): Promise<Outcome<MadeService>> {
  // Loaded when tools are sold: the SDK takes longer than all of us.
  const { openMcp, TOOL_CALL_KIND } = await import('../handlers/mcp.ts');
  const kind = settings.kind ?? TOOL_CALL_KIND;
  const tools = soldTools(work);
  const tokenFrom = keySourceOf(work);
  const source =
    work.url === undefined
      ? { command: work.command ?? '', ...environmentOf(work) }
      : { url: work.url, ...(tokenFrom === undefined ? {} : { tokenFrom }) };
  const opened = await openMcp(
    { source, kind, timeoutMs, tellOperator: context.tellOperator, ...(tools === null ? {} : { tools }) },
    context.signal,
  );
  if (!opened.ok) return opened;
  const { handler, contract, toolNames, about, pricing, close } = opened.value;
  context.onClose(close);
  const name = toolNames.join(', ').slice(0, MAX_NAME_CHARACTERS);
  const id = toolNames.length === 1 ? { id: `tool-${name}` } : {};
  const servesParams = new Map([['tool', toolNames]]);
  const sold = service({ kind, name, about, contract, servesParams, handler, ...id });
  return success({ service: sold, pricing: pricing(satsToMsat(settings.price_sat ?? 0)) });
}

const MAX_NAME_CHARACTERS = 100;

function soldTools({ tool, tools }: McpWork): ReadonlyMap<string, number | null> | null {
  if (tool !== undefined) return new Map([[tool, null]]);
  if (tools === undefined) return null;
  return new Map(Array.isArray(tools) ? tools.map((name) => [name, null] as const) : Object.entries(tools));
}

function environmentOf({ env, pass_env: passEnv }: Pick<ExecWork, 'env' | 'pass_env'>) {
  return { ...(env === undefined ? {} : { env }), ...(passEnv === undefined ? {} : { passEnv }) };
}

function keySourceOf({
  key_env: env,
  key_file: file,
}: Pick<HttpWork, 'key_env' | 'key_file'>): SecretSource | undefined {
  if (env !== undefined) return { env };
  return file === undefined ? undefined : { file };
}

/** The operator's terms in place of what is usual for the service. */
function withTerms({ service: made, pricing: own = null }: MadeService, settings: ServiceSettings): Service {
  const pricing = pricingOf(settings, own);
  const { id, name, about, picture, seller, concurrency, exchanges, attempts } = settings;
  const { price_sat: priceSats, usual_seconds: usualSeconds, queue_limit: queueLimit } = settings;
  const { retry_after_seconds: retryAfterSeconds, proof_of_work_bits: work } = settings;
  const worstSeconds = settings.worst_seconds ?? made.worstSeconds;
  return {
    ...made,
    ...(id === undefined ? {} : { id }),
    ...(name === undefined ? {} : { name }),
    ...(about === undefined ? {} : { about }),
    ...(picture === undefined ? {} : { picture }),
    ...(seller === undefined ? {} : { seller }),
    ...(priceSats === undefined ? {} : { priceMsat: satsToMsat(priceSats) }),
    ...(pricing === null ? {} : { pricing, priceMsat: pricing.fromMsat }),
    usualSeconds: Math.min(usualSeconds ?? made.usualSeconds, worstSeconds),
    worstSeconds,
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(queueLimit === undefined ? {} : { queueLimit }),
    ...(work === undefined ? {} : { proofOfWorkBits: workOf(work) }),
    ...(attempts === undefined ? {} : { attempts }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(exchanges === undefined ? {} : { exchanges }),
    ...(settings.rescue === undefined ? {} : { rescue: rescueOf(settings.rescue) }),
    ...(settings.wait_for_payment === true ? { chainedInputs: 'wait-for-payment' as const } : {}),
    ...(settings.spend_up_to_sat === undefined
      ? {}
      : { spendUpToMsat: satsToMsat(settings.spend_up_to_sat) }),
  };
}

function workOf({
  idle,
  most,
}: NonNullable<ServiceSettings['proof_of_work_bits']>): NonNullable<Service['proofOfWorkBits']> {
  return idle === most ? idle : proofOfWorkByLoad({ idleBits: idle, mostBits: most });
}
