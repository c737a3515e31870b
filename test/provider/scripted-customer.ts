import { vi } from 'vitest';
import { generateSecretKey, secretKeySigner, type Signer } from '../../src/keys/index.ts';
import {
  buildCancellation,
  buildJobRequest,
  orThrow,
  parseJobFeedback,
  parseJobResult,
  satsToMsat,
  type FeedbackStatus,
  type JobFeedback,
  type JobRequestDraft,
  type JobResult,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import type { BuyingStage } from '../customer/stage.ts';

/** A customer that does exactly what a test tells it, with a real key and the wallet `customer`. */
export interface ScriptedCustomer {
  readonly signer: Signer;
  /** Publishes a request for one text. */
  request(kind: number, told?: Partial<JobRequestDraft>): Promise<NostrEvent>;
  publish(template: Parameters<Signer['sign']>[0]): Promise<NostrEvent>;
  cancel(request: NostrEvent): Promise<void>;
  /** Waits for feedback of that status on the request. */
  feedback(request: NostrEvent, status: FeedbackStatus): Promise<JobFeedback>;
  result(request: NostrEvent): Promise<JobResult>;
  /** What has come so far for the request. */
  answers(request: NostrEvent): readonly NostrEvent[];
  /** Pays and gives the preimage. */
  pay(bolt11: string | null): Promise<string>;
  close(): void;
}

/** Opens a customer that hears every answer to its requests from now on. */
export async function openScriptedCustomer(stage: BuyingStage): Promise<ScriptedCustomer> {
  const signer = secretKeySigner(generateSecretKey());
  const closing = new AbortController();
  const pool = stage.openPool();
  const heard: NostrEvent[] = [];
  await pool.subscribe({
    relays: [stage.relayUrl],
    filters: [{ '#p': [signer.pubkey], limit: 0 }],
    onEvent: (event) => heard.push(event),
    signal: closing.signal,
  });
  const answers = ({ id }: NostrEvent) =>
    heard.filter(({ tags }) => tags.some(([name, value]) => name === 'e' && value === id));
  const until = <Found>(find: () => Found | undefined): Promise<Found> =>
    vi.waitFor(
      () => {
        const found = find();
        if (found === undefined) throw new Error('It has not come.');
        return found;
      },
      { timeout: 20_000, interval: 20 },
    );
  const publish: ScriptedCustomer['publish'] = async (template) => {
    const event = await signer.sign(template);
    await pool.publish(event, [stage.relayUrl]);
    return event;
  };
  const now = () => Math.floor(Date.now() / 1000);
  return {
    signer,
    publish,
    answers,
    request: (kind, told = {}) =>
      publish(
        buildJobRequest({
          kind,
          inputs: [{ data: 'a red fox', type: 'text', relay: null, marker: null }],
          params: new Map(),
          outputs: [],
          relays: [stage.relayUrl],
          content: crypto.randomUUID(), // equal requests of one second would be one event
          createdAt: now(),
          ...told,
        }),
      ),
    async cancel(request) {
      await publish(
        buildCancellation({ requestId: request.id, requestKind: request.kind, reason: '', createdAt: now() }),
      );
    },
    feedback: (request, status) =>
      until(() =>
        answers(request)
          .flatMap((event) => {
            const read = parseJobFeedback(event);
            return read.ok ? [read.value] : [];
          })
          .find((feedback) => feedback.status === status),
      ),
    result: (request) =>
      until(() =>
        answers(request)
          .flatMap((event) => {
            const read = parseJobResult(event);
            return read.ok ? [read.value] : [];
          })
          .at(0),
      ),
    async pay(bolt11) {
      const paid = await stage.wallet().pay({ bolt11: bolt11 ?? '', feeLimitMsat: satsToMsat(10) });
      return orThrow(paid).preimage;
    },
    close: () => closing.abort(),
  };
}
