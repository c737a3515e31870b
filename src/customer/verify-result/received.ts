import { decryptContent, parseJobRequest, type JobRequest, type NostrEvent } from '../../protocol/index.ts';
import { tell, type CustomerContext, type Run } from '../run.ts';
import { evidenceFrom } from './evidence.ts';
import type { ResultVerdict } from './verdict.ts';
import { verifyResult } from './verify-result.ts';

/** Checks the result of a purchase once, and tells its followers; never fails. */
export function verdictOn(
  context: CustomerContext,
  run: Run,
  result: { readonly event: NostrEvent; readonly content: string },
): Promise<ResultVerdict> {
  run.verdict ??= judge(context, run, result);
  return run.verdict;
}

async function judge(
  context: CustomerContext,
  run: Run,
  { event, content }: { readonly event: NostrEvent; readonly content: string },
): Promise<ResultVerdict> {
  const request = await readableRequest(context, run);
  const evidence = evidenceFrom({
    relays: context.relays,
    relayUrls: [...new Set([...run.purchase.relays, ...context.relayUrls])],
    lookupBlockHeader: context.lookupBlockHeader,
    signal: context.signal,
  });
  const verdict = await verifyResult({ request, content, createdAt: event.created_at }, evidence);
  tell(context, run, { type: 'verdict', verdict });
  return verdict;
}

/** What was asked in ciphertext can be read by its author; if the signer does not answer now, less can be checked. */
async function readableRequest({ signer }: CustomerContext, { request }: Run): Promise<JobRequest> {
  const [provider] = request.targets;
  if (!request.encrypted || provider === undefined) return request;
  const opened = await decryptContent(request.event, provider, signer);
  const read = opened.ok ? parseJobRequest(request.event, opened.value) : opened;
  return read.ok ? read.value : request;
}
