import { unixNow } from '../../../../src/clock/index.ts';
import type { Sale } from '../../../../src/ledger/index.ts';
import type { Failure } from '../../../../src/protocol/index.ts';
import type { JobRow, JobTrouble } from '../../work-contract.ts';

/** What goes wrong with single jobs, and what their customers complain of, as long as it is worth knowing. */
export interface Troubles {
  /** Of one job, newest first. */
  of(requestId: string): readonly JobTrouble[];
  /** What of it counts most. */
  worstOf(requestId: string): JobRow['troubled'];
  /** The jobs whose customers complain. */
  complained(): readonly string[];
  note(trouble: Failure, sale: Sale): void;
  /** The sale has moved: what stood in its way does so no more. */
  moved(sale: Sale): void;
}

/** Jobs of which troubles are remembered, and troubles of each; the oldest are forgotten first. */
const MAX_JOBS = 500;
const MAX_TROUBLES = 5;
const MAX_WORDS = 500;

const stateOf = ({ work, money }: Sale) => `${work} ${money}`;

/** Keeps them while the page lives: what lasts is told again after that. */
export function keepTroubles(): Troubles {
  const jobs = new Map<string, { readonly state: string; readonly troubles: readonly JobTrouble[] }>();
  return {
    of: (requestId) => jobs.get(requestId)?.troubles ?? [],
    worstOf(requestId) {
      const job = jobs.get(requestId);
      if (job === undefined) return null;
      return job.troubles.some(isComplaint) ? 'complaint' : 'trouble';
    },
    complained: () =>
      [...jobs].flatMap(([requestId, { troubles }]) => (troubles.some(isComplaint) ? [requestId] : [])),
    note(trouble, sale) {
      const { requestId } = sale;
      const others = (jobs.get(requestId)?.troubles ?? []).filter(({ code }) => code !== trouble.code);
      jobs.delete(requestId); // so that it counts as the newest
      const [oldest] = jobs.keys();
      if (jobs.size >= MAX_JOBS && oldest !== undefined) jobs.delete(oldest);
      const troubles = [troubleOf(trouble), ...others].slice(0, MAX_TROUBLES);
      jobs.set(requestId, { state: stateOf(sale), troubles });
    },
    moved(sale) {
      const known = jobs.get(sale.requestId);
      if (known === undefined || known.state === stateOf(sale)) return;
      // A complaint is about the work, whatever becomes of the money.
      const troubles = known.troubles.filter(isComplaint);
      if (troubles.length === 0) jobs.delete(sale.requestId);
      else jobs.set(sale.requestId, { state: stateOf(sale), troubles });
    },
  };
}

const COMPLAINT = 'complaint';
const isComplaint = ({ code }: JobTrouble) => code === COMPLAINT;

/** As plain data. */
export function troubleOf({ code, message, data }: Failure): JobTrouble {
  const words = code === COMPLAINT ? data?.['words'] : null;
  return {
    code,
    message,
    words: typeof words === 'string' ? words.slice(0, MAX_WORDS) : null,
    at: unixNow(),
  };
}
