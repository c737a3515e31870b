import { Hono, type Context } from 'hono';
import { bearerAuth } from 'hono/bearer-auth';
import { bodyLimit } from 'hono/body-limit';
import { HTTPException } from 'hono/http-exception';
import { z } from 'zod';
import type { Sale } from '../../ledger/index.ts';
import { failure, msat, parseJson, type Failure, type Outcome } from '../../protocol/index.ts';
import { refundSale, retrySale, type SaleOperator } from '../../provider/index.ts';
import { findSale, type FoundSale } from '../find-sale.ts';
import type { Log } from '../log/log.ts';
import type { Figures } from '../metrics/figures.ts';
import type { PartReadiness } from '../readiness.ts';
import { saleFacts, wholeSale } from './describe-sale.ts';
import { refuseStrangers } from './strangers.ts';
import { turnsPerMinute } from './turns.ts';

/** Whether new jobs are taken; those that were taken go on either way. */
export interface Intake {
  isTakingJobs(): boolean;
  pause(): void;
  resume(): void;
}

/** What the pages show, and whom they act for. */
export interface AdminParts {
  /** Proves that who asks may see the token's file. */
  readonly token: string;
  readonly readiness: () => Promise<readonly PartReadiness[]>;
  /** Whether the process is ending. */
  readonly isStopping: () => boolean;
  readonly figures: Pick<Figures, 'read'>;
  /** The keys that this process sells under, with their books; read anew for each page. */
  readonly operators: readonly SaleOperator[];
  readonly intake: Intake;
  readonly log: Log;
  /** Names that may be asked for besides addresses and `localhost`. */
  readonly hostNames: readonly string[];
}

const MAX_BODY_BYTES = 4_096;
/** Of the open pages, and of `/v1`, each by itself: a flood of the one does not keep an operator from the other. */
const REQUESTS_PER_MINUTE = 600;
const MAX_PAGE = 200;

const STATUS: Readonly<Record<string, 400 | 401 | 404 | 409 | 413 | 429 | 500>> = {
  'invalid-argument': 400,
  'invalid-body': 400,
  'invalid-amount': 400,
  'token-wrong': 401,
  'job-unknown': 404,
  'not-found': 404,
  'no-such-sale': 404,
  'body-too-large': 413,
  'too-many-requests': 429,
  fault: 500,
};

/**
 * The pages of an operator: `/healthz`, `/readyz` and `/metrics` for whoever reaches the address, `/v1` for who has the
 * token. No page of another site is answered, by whatever name it found this address; see `refuseStrangers`.
 */
export function adminApp(parts: AdminParts): Hono {
  const { token, readiness, figures, operators, intake, log } = parts;
  const [openTurn, operatorTurn] = [turnsPerMinute(REQUESTS_PER_MINUTE), turnsPerMinute(REQUESTS_PER_MINUTE)];
  const app = new Hono();
  app.use(refuseStrangers(parts.hostNames));
  for (const page of ['/healthz', '/readyz', '/metrics'])
    app.use(page, async (_, next) => (openTurn() ? next() : refuse(tooMany)));
  app.notFound(async () => refuse(failure('not-found', 'Nothing is here; see docs/operating.md.').failure));
  app.onError((error) => {
    if (error instanceof HTTPException) return error.getResponse();
    log.error(`The admin API broke: ${error.message}`, { code: 'fault' });
    return refuse(failure('fault', 'Something broke here; the log says what.').failure);
  });

  app.get('/healthz', () => answer(200, { alive: true }));
  app.get('/readyz', async () => {
    const looked = await readiness();
    const isReady = !parts.isStopping() && looked.every(({ ready }) => ready);
    return answer(isReady ? 200 : 503, { ready: isReady, stopping: parts.isStopping(), parts: looked });
  });
  app.get('/metrics', async () => {
    const { contentType, text } = await figures.read();
    return new Response(text, { headers: { 'content-type': contentType, 'cache-control': 'no-store' } });
  });

  const api = new Hono();
  api.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: () => refuse(tooLarge) }));
  api.use(
    bearerAuth({
      token,
      noAuthenticationHeader: { message: wrongToken },
      invalidAuthenticationHeader: { message: wrongToken },
      invalidToken: { message: wrongToken },
    }),
  );
  api.use(async (_, next) => (operatorTurn() ? next() : refuse(tooMany)));
  api.get('/status', async () =>
    answer(200, {
      takingJobs: intake.isTakingJobs(),
      stopping: parts.isStopping(),
      providers: operators.map(({ signer }) => signer.pubkey),
      parts: await readiness(),
    }),
  );
  api.get('/jobs', async (c) => {
    const query = Page.safeParse(c.req.query());
    if (!query.success) return refuse(wrongQuery);
    return answer(200, await listSales(operators, query.data));
  });
  api.get('/jobs/:id', (c) =>
    withSale(c, operators, async ({ sale, operator }) => answer(200, await wholeSale(operator.ledger, sale))),
  );
  api.post('/jobs/:id/retry', (c) =>
    withSale(c, operators, async ({ sale, operator }) =>
      decided(log, 'retry', sale, await retrySale(operator, sale.requestId)),
    ),
  );
  api.post('/jobs/:id/refund', (c) =>
    withSale(c, operators, async ({ sale, operator }) => {
      const text = await c.req.text();
      const body = RefundBody.safeParse(text === '' ? {} : parseJson(text));
      if (!body.success) return refuse(wrongRefund);
      const amount = body.data.amountMsat;
      const wanted = {
        requestId: sale.requestId,
        amountMsat: amount === undefined ? null : msat(BigInt(amount)),
      };
      return decided(log, 'refund', sale, await refundSale(operator, wanted));
    }),
  );
  api.post('/pause', async () => {
    intake.pause();
    log.info('No more jobs are taken until resumed.', { by: 'admin-api' });
    return answer(200, { takingJobs: intake.isTakingJobs() });
  });
  api.post('/resume', async () => {
    intake.resume();
    log.info('Jobs are taken again.', { by: 'admin-api' });
    return answer(200, { takingJobs: intake.isTakingJobs() });
  });
  app.route('/v1', api);
  return app;
}

const Page = z.strictObject({
  state: z.enum(['recent', 'open', 'owing', 'all']).default('recent'),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
  /** `next` of the page before. */
  after: z
    .string()
    .regex(/^\d{1,12}\.[0-9a-f]{64}$/)
    .optional(),
  provider: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});

const RefundBody = z.strictObject({
  amountMsat: z
    .string()
    .regex(/^[1-9]\d{0,17}$/)
    .optional(),
});

/** Open, owing and all sales come oldest first in pages; the recent ones newest first, in one. */
async function listSales(
  operators: readonly SaleOperator[],
  { state, limit, after, provider }: z.infer<typeof Page>,
) {
  const operator =
    provider === undefined ? operators[0] : operators.find(({ signer }) => signer.pubkey === provider);
  if (operator === undefined) return { jobs: [], next: null };
  const { sales } = operator.ledger;
  if (state === 'recent') return { jobs: (await sales.listRecent({ limit })).map(saleFacts), next: null };
  const [openedAt = '', requestId = ''] = after?.split('.') ?? [];
  const page = {
    providerPubkey: operator.signer.pubkey,
    limit,
    ...(after === undefined ? {} : { after: { openedAt: Number(openedAt), requestId } }),
  };
  const found = await (state === 'open'
    ? sales.listOpen(page)
    : state === 'owing'
      ? sales.listOwing(page)
      : sales.list(page));
  const last = found.at(-1);
  const isMore = last !== undefined && found.length === limit;
  return { jobs: found.map(saleFacts), next: isMore ? `${last.openedAt}.${last.requestId}` : null };
}

async function withSale(
  c: Context,
  operators: readonly SaleOperator[],
  proceed: (found: FoundSale) => Promise<Response>,
): Promise<Response> {
  const found = await findSale(operators, c.req.param('id') ?? '');
  return found.ok ? proceed(found.value) : refuse(found.failure);
}

/** What was decided by hand is in the log, whether or not it could be. */
function decided(log: Log, what: 'retry' | 'refund', sale: Sale, outcome: Outcome<Sale>): Response {
  const { requestId: job, serviceId: service, customerPubkey: customer } = sale;
  const who = { job, service, customer, by: 'admin-api' };
  if (!outcome.ok) {
    log.warn(`${what} refused: ${outcome.failure.message}`, { ...who, code: outcome.failure.code });
    return refuse(outcome.failure);
  }
  const { work, money } = outcome.value;
  log.info(`${what} decided`, { ...who, work, money });
  return answer(200, saleFacts(outcome.value));
}

const tooMany = failure('too-many-requests', 'Too many requests: wait a minute.').failure;
const tooLarge = failure('body-too-large', `A body has at most ${MAX_BODY_BYTES} bytes.`).failure;
const wrongQuery = failure(
  'invalid-argument',
  `Known are state (recent, open, owing, all), limit (1 to ${MAX_PAGE}), after and provider.`,
).failure;
const wrongRefund = failure(
  'invalid-body',
  'A refund takes `amountMsat`, a string of digits, or nothing.',
).failure;
const wrongToken = {
  error: failure('token-wrong', 'Send the token of the admin token file: Authorization: Bearer …').failure,
};

function refuse(reason: Failure): Response {
  return answer(STATUS[reason.code] ?? 409, { error: reason });
}

/** Amounts are decimal strings, for no JSON number holds them all. */
function answer(status: number, body: unknown): Response {
  const text = JSON.stringify(body, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
  return new Response(`${text}\n`, {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
  });
}
