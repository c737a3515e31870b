import { kindContract, variantOf, type JobRequest } from '../../protocol/index.ts';
import { checkDelegatedWork } from './delegated-work.ts';
import { checkEventCount } from './event-count.ts';
import type { ResultEvidence } from './evidence.ts';
import { checkOutputType } from './output-type.ts';
import { checkShape } from './result-shape.ts';
import { checkScheduledEvents } from './scheduled-events.ts';
import { checkTimestamp } from './timestamp.ts';
import { verdictOf, type ResultCheck, type ResultVerdict } from './verdict.ts';

/** A result that was bought, decrypted and opened. */
export interface BoughtResult {
  /** As its customer wrote it, so decrypted where it was encrypted. */
  readonly request: JobRequest;
  readonly content: string;
  /** When the result is dated, unix seconds. */
  readonly createdAt: number;
}

/**
 * Checks a result against what was asked for: its type, the shape of its kind, and where the kind can prove itself
 * (work, timestamps, counts, published events) the proof. Advice only: it neither throws nor withholds anything, and what
 * evidence does not reach counts as not told.
 */
export async function verifyResult(
  result: BoughtResult,
  evidence: ResultEvidence = {},
): Promise<ResultVerdict> {
  const { request, content } = result;
  const contract = kindContract(request.kind);
  const variant = variantOf(contract, request);
  const typed = checkOutputType(request, variant ?? contract, content);
  if (variant !== null) return verdictOf(typed); // another meaning of the kind, whose results are not known so well
  const shaped = checkShape(request, content);
  return verdictOf([...typed, ...shaped, ...(await proofOf(result, evidence))]);
}

async function proofOf(result: BoughtResult, evidence: ResultEvidence): Promise<readonly ResultCheck[]> {
  try {
    return await checkProof(result, evidence);
  } catch {
    return [{ name: 'proof', ok: null, detail: 'The proof could not be looked at now.', proves: true }];
  }
}

function checkProof(
  result: BoughtResult,
  evidence: ResultEvidence,
): readonly ResultCheck[] | Promise<readonly ResultCheck[]> {
  const { request, content } = result;
  switch (request.kind) {
    case 5400:
      return checkEventCount(request, result, evidence);
    case 5900:
      return checkTimestamp(request, content, evidence);
    case 5905:
      return checkScheduledEvents(request, content, evidence);
    case 5970:
      return checkDelegatedWork(request, content);
    default:
      return [];
  }
}
