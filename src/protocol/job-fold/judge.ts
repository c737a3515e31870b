import type { Answer } from '../answer-order.ts';
import { parseAnswer } from '../answer.ts';
import { tagValues, type NostrEvent } from '../event.ts';
import { parseJobRequest } from '../job-request.ts';
import { jobRole } from '../job-role.ts';
import { resultKindOf, type JobRequest } from '../job.ts';
import { isStatementKind } from './statements.ts';
import type { SetAsideReason } from './set-aside.ts';

/** NIP-09 deletion request: by the request's author it cancels the job. */
const DELETION_KIND = 5;

/** What one event is to a job, before its time and the other events are looked at. */
export type Verdict =
  | { readonly is: 'request'; readonly request: JobRequest }
  | { readonly is: 'answer'; readonly answer: Answer }
  | { readonly is: 'cancellation'; readonly event: NostrEvent }
  | { readonly is: 'statement'; readonly event: NostrEvent }
  | { readonly is: 'other-request'; readonly request: JobRequest }
  | { readonly is: 'set-aside'; readonly event: NostrEvent; readonly reason: SetAsideReason };

/** The job that events are judged against; `request` is `null` while only its id is known. */
export interface JudgedJob {
  readonly requestId: string;
  readonly request: NostrEvent | null;
  readonly plaintexts: ReadonlyMap<string, string>;
}

/** Says what an event is to the job, and who may say it. */
export function judge(event: NostrEvent, job: JudgedJob): Verdict {
  const setAside = (reason: SetAsideReason): Verdict => ({ is: 'set-aside', event, reason });
  const { requestId, request } = job;
  const decrypted = job.plaintexts.get(event.id);
  if (event.id === requestId) return judgeRequest(event, decrypted);
  const role = jobRole(event);
  if (role === 'feedback' || role === 'result') {
    const read = parseAnswer(event, decrypted);
    if (!read.ok) return setAside('missing-request-id');
    if (read.value.requestId !== requestId) return setAside('other-job');
    if (request !== null && event.pubkey === request.pubkey) return setAside('by-customer');
    if (request !== null && role === 'result' && event.kind !== resultKindOf(request.kind))
      return setAside('wrong-result-kind');
    return { is: 'answer', answer: read.value };
  }
  if (isStatementKind(event.kind)) return { is: 'statement', event };
  if (event.kind === DELETION_KIND) {
    if (!tagValues(event, 'e').includes(requestId)) return setAside('other-job');
    if (request === null) return setAside('request-unseen');
    return event.pubkey === request.pubkey ? { is: 'cancellation', event } : setAside('not-the-author');
  }
  if (role === null) return setAside('unrelated-kind');
  const other = parseJobRequest(event, decrypted);
  return other.ok ? { is: 'other-request', request: other.value } : setAside('other-job');
}

function judgeRequest(event: NostrEvent, decrypted: string | undefined): Verdict {
  const read = parseJobRequest(event, decrypted);
  if (read.ok) return { is: 'request', request: read.value };
  const { code } = read.failure;
  if (code === 'missing-input-data') return { is: 'set-aside', event, reason: code };
  return { is: 'set-aside', event, reason: code === 'not-a-job-request' ? 'unrelated-kind' : 'malformed' };
}
