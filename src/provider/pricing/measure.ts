import { failure, success, type JobRequest, type Outcome } from '../../protocol/index.ts';
import { fetchUrlInput, type FetchInput } from '../input-file.ts';
import { inputsOf, isTextType, sizeOfRequest, type JobSize, type MeasuredInput } from './job-size.ts';

/** Learns the sizes of requests before they are priced, and remembers them for as long as they may be wanted. */
export interface MeasureDesk {
  /**
   * The size of a request, its URLs fetched. Fails with `over-capacity` when too much is being fetched already, for its
   * customer or for all, `input-unsupported`, `too-many-inputs`, or the codes of `fetchUrlInput`.
   */
  measure(request: JobRequest, signal: AbortSignal): Promise<Outcome<JobSize>>;
  /** What was measured of it in this process; `null` when nothing was. */
  known(requestId: string): JobSize | null;
}

/** Requests measured at once: they have not paid for it. */
const AT_ONCE = 16;
/** Of those, for one customer: its servers may keep us waiting for as long as we have patience. */
const AT_ONCE_PER_CUSTOMER = 4;
/** URLs fetched for one price. */
const MAX_URLS = 8;
/** How long the servers of a request's URLs may take together. */
const PATIENCE_MS = 10_000;
const MAX_REMEMBERED = 10_000;

/** Makes the desk; `maxBytes` bounds what is fetched for one request. */
export function createMeasureDesk(fetch: FetchInput, maxBytes: number): MeasureDesk {
  const sizes = new Map<string, JobSize>();
  const underWay = new Map<
    string,
    { readonly customerPubkey: string; readonly measuring: Promise<Outcome<JobSize>> }
  >();

  const fetchSizes = async (request: JobRequest, signal: AbortSignal): Promise<Outcome<JobSize>> => {
    const inputs = [...inputsOf(request).entries()].filter(([, { type }]) => type === 'url');
    if (inputs.length > MAX_URLS)
      return failure('too-many-inputs', `At most ${MAX_URLS} URLs are measured for a price.`);
    const measured = new Map<number, MeasuredInput>();
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    let left = maxBytes;
    for (const [place, { data }] of inputs) {
      const fetched = await fetchUrlInput(fetch, request, data, { signal: patience, maxBytes: left });
      if (!fetched.ok) return fetched;
      const { body, contentType } = fetched.value;
      left -= body.length;
      measured.set(place, { bytes: body, isText: isTextType(contentType) });
    }
    return success(sizeOfRequest(request, measured));
  };

  const remember = (requestId: string, size: JobSize) => {
    const [oldest] = sizes.keys();
    if (sizes.size >= MAX_REMEMBERED && oldest !== undefined) sizes.delete(oldest);
    sizes.set(requestId, size);
  };

  return {
    known: (requestId) => sizes.get(requestId) ?? null,
    async measure(request, signal) {
      const known = sizes.get(request.id);
      if (known !== undefined) return success(known);
      const begun = underWay.get(request.id);
      if (begun !== undefined) return begun.measuring;
      const { customerPubkey } = request;
      const ownUnderWay = [...underWay.values()].filter((other) => other.customerPubkey === customerPubkey);
      if (underWay.size >= AT_ONCE || ownUnderWay.length >= AT_ONCE_PER_CUSTOMER)
        return failure('over-capacity', 'Too much is being fetched for prices just now; try again later.');
      const measuring = fetchSizes(request, signal).finally(() => underWay.delete(request.id));
      underWay.set(request.id, { customerPubkey, measuring });
      const size = await measuring;
      if (size.ok) remember(request.id, size.value);
      return size;
    },
  };
}
