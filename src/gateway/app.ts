import { Hono, type Context } from 'hono';
import { cors } from 'hono/cors';
import { z } from 'zod';
import {
  failure,
  formatSats,
  kindContract,
  kindJsonSchema,
  parseJson,
  type Failure,
} from '../protocol/index.ts';
import { answer, answerJob, describeJob, refuse } from './job-answer.ts';
import { clientSlots, clientTurns } from './client-turns.ts';
import type { GatewayContext } from './context.ts';
import { isDecided, type GatewayJob } from './job.ts';
import { streamJobEvents } from './job-events.ts';
import { readJobOrder, type JobOrder } from './job-order.ts';
import type { JobRunner } from './job-runner.ts';
import { describeApi } from './openapi.ts';
import { beginRefund, checkOwed, refundRange } from './pay-refund.ts';
import { quoteJob } from './quote-job.ts';
import { readBody } from './request-body.ts';
import { issueJobToken, readJobToken, readOwner, type TokenFailureCode } from './token.ts';

/** What a request comes with besides itself. */
export interface GatewayBindings {
  /** The address that its client counts under. */
  readonly client: string;
}
type Env = { readonly Bindings: GatewayBindings; readonly Variables: { body: string } };

const MAX_BODY_BYTES = 512 * 1_024;
const DEFAULT_WAIT_SECONDS = 30;
const MAX_WAIT_SECONDS = 120;
/** How long a request with a token waits for the wallet to say that it was paid. */
const PAYMENT_LOOK_MS = 10_000;

/** Which status says which refusal; 422 where nothing here says otherwise. */
const STATUS: Readonly<Record<string, 400 | 401 | 403 | 404 | 408 | 409 | 410 | 413 | 422 | 429 | 503>> = {
  'invalid-body': 400,
  'body-broken': 400,
  'body-too-slow': 408,
  'body-too-large': 413,
  'no-offer': 503,
  losses: 503,
  'too-many-open': 503,
  'wallet-unavailable': 503,
  closed: 503,
  'credential-invalid': 401,
  'credential-expired': 401,
  'job-forgotten': 410,
  'other-request': 403,
  'other-service': 403,
  'price-risen': 403,
  'nothing-owed': 409,
  'refund-under-way': 409,
};

/** The routes of the gateway. */
export function gatewayApp(context: GatewayContext, runner: JobRunner): Hono<Env> {
  const { limits, now, corsOrigins = [] } = context;
  const quoteTurn = clientTurns(limits.quotesPerMinute, now);
  const requestTurn = clientTurns(limits.requestsPerMinute, now);
  const requestSlot = clientSlots(limits.requestsAtOnce, limits.requestsAtOncePerClient);
  const streamSlot = clientSlots(limits.streams, limits.streamsPerClient);
  let quoting = 0;
  const app = new Hono<Env>();

  app.use(
    cors({
      origin: corsOrigins.includes('*') ? '*' : [...corsOrigins],
      allowMethods: ['GET', 'POST'],
      allowHeaders: ['authorization', 'content-type', 'prefer', 'last-event-id'],
      exposeHeaders: ['www-authenticate', 'location', 'retry-after'],
    }),
  );
  app.use(async (c, next) => {
    const waitSeconds = requestTurn(c.env.client);
    return waitSeconds > 0 ? tooMany('requests', waitSeconds) : next();
  });
  app.use(async (c, next) => {
    const leave = requestSlot(c.env.client);
    if (leave === null) return tooMany('requests', 5);
    try {
      return await next();
    } finally {
      leave();
    }
  });
  app.use(async (c, next) => {
    const body = await readBody(c.req.raw, { maxBytes: MAX_BODY_BYTES, seconds: limits.bodySeconds });
    if (!body.ok)
      return refuse(STATUS[body.failure.code] ?? 422, body.failure, {
        connection: 'close', // the rest of the body is not read
      });
    c.set('body', body.value);
    return next();
  });
  app.notFound(() => refuse(404, failure('not-found', 'Nothing is here; see /openapi.json.').failure));
  app.onError((error) => {
    context.onTrouble({ code: 'fault', message: error.message });
    return refuse(500, failure('fault', 'Something broke here: try again later.').failure);
  });

  app.get('/healthz', async () => answer(200, { ok: true }));
  app.get('/openapi.json', (c) => answer(200, describeApi(context.kinds, originOf(c))));
  app.get('/v1/kinds', () =>
    answer(
      200,
      context.kinds.map((kind) => {
        const { name, category, about } = kindContract(kind);
        return { kind, name, category, about, schema: kindJsonSchema(kindContract(kind)) };
      }),
    ),
  );

  app.post('/v1/jobs/:kind{[0-9]+}', async (c) => {
    const kind = Number(c.req.param('kind'));
    if (!context.kinds.includes(kind))
      return refuse(404, failure('kind-not-sold', `Kind ${kind} is not sold here; see /v1/kinds.`).failure);
    const read = readJobOrder(kindContract(kind), parseJson(c.var.body));
    if (!read.ok) return refuse(STATUS[read.failure.code] ?? 422, read.failure);
    const authorization = c.req.header('authorization');
    return authorization === undefined ? quote(c, read.value) : deliver(c, read.value, authorization);
  });

  app.get('/v1/jobs/:id', async (c) => {
    const job = await context.jobs.get(c.req.param('id'));
    return job === null ? unknownJob() : answer(200, describeJob(job, jobUrlOf(c, job)));
  });

  app.get('/v1/jobs/:id/events', async (c) => {
    const job = await context.jobs.get(c.req.param('id'));
    if (job === null) return unknownJob();
    const onEnd = streamSlot(c.env.client);
    if (onEnd === null) return tooMany('streams', 10);
    return streamJobEvents(c, context, { job, jobUrl: jobUrlOf(c, job), onEnd });
  });

  app.post('/v1/jobs/:id/refund', async (c) => {
    const job = await context.jobs.get(c.req.param('id'));
    if (job === null) return unknownJob();
    const owner = readOwner(context, c.req.header('authorization') ?? '', job);
    if (!owner.ok) return refuseToken(owner.failure);
    const body = RefundBody.safeParse(parseJson(c.var.body));
    if (!body.success)
      return refuse(
        400,
        failure('invalid-body', 'Name an `invoice`, or an `address` such as name@host, and nothing else.')
          .failure,
      );
    const owed = checkOwed(job);
    if (!owed.ok) return refuse(409, owed.failure);
    const bolt11 = await invoiceFor(job, body.data, c.req.raw.signal);
    if (!bolt11.ok) return refuse(422, bolt11.failure);
    const begun = await beginRefund(context, job, bolt11.value);
    if (!begun.ok) return refuse(STATUS[begun.failure.code] ?? 422, begun.failure);
    const refunded = await runner.until(job.id, ({ state }) => state !== 'refunding', {
      waitMs: waitMsOf(c),
      signal: c.req.raw.signal,
    });
    const described = describeJob(refunded, jobUrlOf(c, job));
    if (refunded.state === 'refunded') return answer(200, described);
    if (refunded.state === 'refunding') return answer(202, described);
    return refuse(
      502,
      failure('refund-failed', 'Nothing was sent: your wallet could not be reached. Try another invoice.')
        .failure,
    );
  });
  return app;

  /** Without a token: asks the market, and answers with the price. What costs nothing is done at once. */
  async function quote(c: Context<Env>, order: JobOrder): Promise<Response> {
    const waitSeconds = quoteTurn(c.env.client);
    if (waitSeconds > 0) return tooMany('quotes', waitSeconds);
    if ((await context.jobs.countQuoted()) + quoting >= limits.openQuotes) return tooMany('quotes', 10);
    quoting += 1;
    const quoted = await quoteJob(context, order, c.req.raw.signal).finally(() => (quoting -= 1));
    if (!quoted.ok) return refuse(STATUS[quoted.failure.code] ?? 422, quoted.failure);
    const job = quoted.value;
    const token = issueJobToken(context, job);
    const { invoice, priceMsat } = job.quote;
    if (token === null || invoice === null) return waitForEnd(c, job);
    const returned =
      job.quote.refundTerms === 'full'
        ? ''
        : ' You chose the provider: where it takes the money and delivers nothing, only what comes back from it is refunded.';
    const message = `Pay ${formatSats(priceMsat)}, then repeat the request with the macaroon and the preimage.${returned}`;
    return answer(
      402,
      {
        code: 'payment-required',
        message,
        ...describeJob(job, jobUrlOf(c, job)),
        invoice: invoice.bolt11,
        macaroon: token,
      },
      {
        'www-authenticate': `L402 macaroon="${token}", invoice="${invoice.bolt11}"`,
        location: jobUrlOf(c, job),
      },
    );
  }

  /** With a token: the job that it paid for, whatever happened to it meanwhile. */
  async function deliver(c: Context<Env>, order: JobOrder, authorization: string): Promise<Response> {
    const read = await readJobToken(context, authorization, order);
    if (!read.ok) return refuseToken(read.failure);
    const job = await runner.until(read.value.id, isPaidFor, {
      waitMs: PAYMENT_LOOK_MS,
      lookOnce: true,
      signal: c.req.raw.signal,
    });
    if (isPaidFor(job)) return waitForEnd(c, job);
    return refuse(
      503,
      failure('payment-unconfirmed', 'The wallet here has not seen your payment yet: repeat the request.')
        .failure,
      { 'retry-after': '5' },
    );
  }

  async function waitForEnd(c: Context<Env>, { id }: GatewayJob): Promise<Response> {
    const job = await runner.until(id, ({ state }) => isDecided(state), {
      waitMs: waitMsOf(c),
      signal: c.req.raw.signal,
    });
    return answerJob(job, jobUrlOf(c, job));
  }

  async function invoiceFor(job: GatewayJob, to: z.infer<typeof RefundBody>, signal: AbortSignal) {
    if ('invoice' in to) return { ok: true as const, value: to.invoice };
    const { resolveAddress } = context;
    if (resolveAddress === undefined)
      return failure('address-not-possible', 'Refunds go to invoices here: name an `invoice`.');
    const { leastMsat: amountMsat } = refundRange(job.quote.priceMsat);
    const comment = 'refund of a job';
    const made = await resolveAddress({ lud16: to.address, amountMsat, comment, signal });
    return made.ok ? { ok: true as const, value: made.value.bolt11 } : made;
  }

  function originOf(c: Context<Env>): string {
    return context.publicUrl ?? new URL(c.req.url).origin;
  }

  function jobUrlOf(c: Context<Env>, { id }: GatewayJob): string {
    return `${originOf(c)}/v1/jobs/${id}`;
  }
}

const RefundBody = z.union([
  z.strictObject({ invoice: z.string().max(4_000) }),
  z.strictObject({ address: z.string().max(400) }),
]);

function isPaidFor({ state }: GatewayJob): boolean {
  return state !== 'quoted' && state !== 'lapsed';
}

/** How long the client will wait (`Prefer: wait=N`, RFC 7240). */
function waitMsOf(c: Context<Env>): number {
  const [, wanted] = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,4})/i.exec(c.req.header('prefer') ?? '') ?? [];
  const seconds = wanted === undefined ? DEFAULT_WAIT_SECONDS : Number(wanted);
  return Math.min(seconds, MAX_WAIT_SECONDS) * 1_000;
}

function refuseToken(why: Failure<TokenFailureCode>): Response {
  const status = STATUS[why.code] ?? 422;
  return refuse(status, why, status === 401 ? { 'www-authenticate': 'L402 realm="gateway"' } : {});
}

function unknownJob(): Response {
  return refuse(404, failure('unknown-job', 'There is no such job here, or it was forgotten.').failure);
}

function tooMany(what: string, waitSeconds: number): Response {
  return refuse(
    429,
    failure(`too-many-${what}`, `Too many ${what}: try again in ${waitSeconds} s.`).failure,
    {
      'retry-after': String(waitSeconds),
    },
  );
}
