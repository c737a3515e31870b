import { Hono, type Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { html } from 'hono/html';
import { EXCHANGE_RISKS, formatSats, isExchangeMode } from '../../protocol/index.ts';
import type { ApprovalCodes } from '../approvals/approval-codes.ts';
import type { Approval, Approvals } from '../approvals/approvals.ts';

const MAX_FORM_BYTES = 4096;

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
  'cache-control': 'no-store',
  'referrer-policy': 'same-origin', // without a referrer browsers name no origin when the form is sent
};

/**
 * The page on which a person approves or denies one purchase. The link has passed through the agent, so it decides
 * nothing by itself: the person types the code that the server showed where it runs. An answered page is gone.
 */
export function approvalPages(approvals: Approvals, codes: ApprovalCodes): Hono {
  const app = new Hono();
  app.get('/approve/:id', async (context) => {
    const approval = await approvals.get(context.req.param('id'));
    return approval?.state === 'asked' ? page(context, 200, form(approval, '')) : gone(context);
  });
  app.post('/approve/:id', bodyLimit({ maxSize: MAX_FORM_BYTES }), async (context) => {
    const approval = await approvals.get(context.req.param('id'));
    if (approval?.state !== 'asked') return gone(context);
    const given = await context.req.parseBody();
    const checked = codes.check(approval.id, typeof given['code'] === 'string' ? given['code'] : '');
    if (checked === 'unknown') return page(context, 410, html`<p>${OUT_OF_DATE}</p>`);
    if (checked === 'wrong') return page(context, 403, form(approval, 'That is not the code.'));
    const isGranted = checked === 'right' && given['decision'] === 'approve';
    return decide(context, approvals, approval, isGranted ? 'granted' : 'denied');
  });
  return app;
}

/** The server was started anew and has no code for the question, which is still open. */
const OUT_OF_DATE =
  'This page is out of date. Have the agent call buy again: the server then shows a new code. Nothing was decided.';

async function decide(
  context: Context,
  approvals: Approvals,
  { id, amountMsat }: Approval,
  decision: 'granted' | 'denied',
): Promise<Response> {
  const decided = await approvals.decide(id, decision);
  if (!decided.ok) return gone(context);
  const said =
    decision === 'granted'
      ? `Approved: ${formatSats(amountMsat)}. The agent may go on now.`
      : 'Denied. Nothing was paid.';
  return page(context, 200, html`<p>${said}</p>`);
}

function gone(context: Context): Promise<Response> {
  return page(context, 410, html`<p>Nothing waits for an answer here; it was answered or ran out.</p>`);
}

function form({ id, kind, amountMsat, providerPubkey, exchange }: Approval, trouble: string) {
  const trusts = isExchangeMode(exchange) ? EXCHANGE_RISKS[exchange].customerTrusts : '';
  return html`<p>An agent wants to buy a job of kind ${kind}.</p>
    <p><strong>${formatSats(amountMsat)}</strong>, and routing fees</p>
    <p>by ${exchange}, from <code>${providerPubkey}</code></p>
    <p>${trusts}</p>
    <form method="post" action="/approve/${id}" autocomplete="off">
      <p>
        <label>Code, as shown where the server runs <input name="code" inputmode="numeric" /></label>
      </p>
      <p role="alert">${trouble}</p>
      <button name="decision" value="approve">Approve</button>
      <button name="decision" value="deny">Deny</button>
    </form>`;
}

async function page(context: Context, status: 200 | 403 | 410, body: unknown): Promise<Response> {
  const text = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Approve a purchase</title>
        <style>
          :root {
            color-scheme: light dark;
          }
          body {
            font:
              16px/1.5 system-ui,
              sans-serif;
            max-width: 36rem;
            margin: 3rem auto;
            padding: 0 1rem;
          }
          code {
            overflow-wrap: anywhere;
          }
        </style>
      </head>
      <body>
        <h1>Approve a purchase</h1>
        ${body}
      </body>
    </html>`;
  return context.html(text, status, HEADERS);
}
