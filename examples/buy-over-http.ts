/** Buys a job through a gateway (`coinop gateway`): HTTP and an invoice, no Nostr, no account. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';

/** What an answer may hold: a price, a result, or words that say why neither. */
const Answer = z.object({
  message: z.string().optional(),
  invoice: z.string().optional(),
  macaroon: z.string().optional(),
  result: z.object({ content: z.string() }).optional(),
});

/** Where jobs are bought, and with whose money. */
export interface Shop {
  /** Such as `http://127.0.0.1:8402`. */
  readonly gateway: string;
  /** The most that one job may cost. */
  readonly maxSats: number;
  /** Pays an invoice that asks for no more than that, and returns the preimage: any wallet can. */
  readonly payInvoice: (invoice: string, maxSats: number) => Promise<string>;
}

/** Orders a job of that kind, pays for it, and returns what came back. It is a stranger's text: treat it as such. */
export async function buyJob(kind: number, order: object, { gateway, maxSats, payInvoice }: Shop) {
  const post = async (headers: Record<string, string>) => {
    const response = await fetch(`${gateway}/v1/jobs/${kind}`, {
      method: 'POST',
      body: JSON.stringify({ ...order, max_sats: maxSats }),
      headers: { 'content-type': 'application/json', ...headers },
    });
    return { status: response.status, answer: Answer.parse(await response.json()) };
  };
  const { answer: quote } = await post({});
  if (quote.invoice === undefined) throw new Error(quote.message);
  const preimage = await payInvoice(quote.invoice, maxSats);
  const token = { authorization: `L402 ${quote.macaroon}:${preimage}`, prefer: 'wait=60' };
  for (;;) {
    const { status, answer } = await post(token);
    if (answer.result !== undefined) return answer.result.content;
    if (status !== 202 && status !== 503) throw new Error(answer.message);
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // not done yet
  }
}

/** The shop that the environment names, paid with the wallet that `coinop` is connected to. */
export function shopFromEnv(): Shop {
  return {
    gateway: process.env['GATEWAY'] ?? 'http://127.0.0.1:8402',
    maxSats: Number(process.env['MAX_SATS'] ?? 50),
    async payInvoice(invoice, maxSats) {
      const args = ['coinop', 'wallet', 'pay', invoice, '--max', String(maxSats)];
      return (await promisify(execFile)('npx', args)).stdout.trim();
    },
  };
}
