import { unixNow } from '../../src/clock/index.ts';
import { openDirectory, type Directory, type DirectoryOptions } from '../../src/directory/index.ts';
import { generateSecretKey, secretKeySigner, type Signer } from '../../src/keys/index.ts';
import {
  buildAnnouncement,
  buildFeedback,
  buildHeartbeat,
  buildJobRequest,
  buildResult,
  buildReview,
  satsToMsat,
  type AnnouncementDraft,
  type EventTemplate,
  type NostrEvent,
} from '../../src/protocol/index.ts';
import { openRelayStage, type RelayStage } from '../fixtures/relay-stage.ts';
import { invoiceOf } from '../reputation/jobs.ts';

/** Long enough for a slow machine; nothing here waits for it to pass. */
export const PATIENT_MS = 20_000;

/** A real relay with real signed events on it, and directories that look at it. */
export interface DirectoryStage {
  readonly relays: RelayStage;
  /** The time of all directories, unix seconds; it stands still. */
  readonly now: number;
  publish(by: Signer, template: EventTemplate): Promise<NostrEvent>;
  announce(by: Signer, draft?: Partial<AnnouncementDraft>): Promise<NostrEvent>;
  beat(by: Signer, secondsAgo?: number): Promise<NostrEvent>;
  /** A job that was asked for, offered, delivered, and reviewed where a rating is told. */
  job(told: {
    readonly customer: Signer;
    readonly provider: Signer;
    readonly name: string;
    readonly secondsAgo: number;
    readonly rating?: number;
  }): Promise<{ readonly request: NostrEvent; readonly result: NostrEvent }>;
  /** A directory; closed with the stage. */
  directory(options?: Partial<DirectoryOptions>): Directory;
  close(): Promise<void>;
}

/** Anybody. */
export function person(): Signer {
  return secretKeySigner(generateSecretKey());
}

/** Opens an empty stage. */
export async function openDirectoryStage(): Promise<DirectoryStage> {
  const relays = await openRelayStage();
  const now = unixNow();
  const pool = relays.openPool();
  const directories: Directory[] = [];
  const publish = async (by: Signer, template: EventTemplate): Promise<NostrEvent> => {
    const event = await by.sign(template);
    const [receipt] = await pool.publish(event, [relays.relay.url], { timeoutMs: PATIENT_MS });
    if (receipt?.outcome !== 'accepted') throw new Error(`The relay: ${receipt?.message}`);
    return event;
  };
  return {
    relays,
    now,
    publish,
    announce: (by, draft = {}) =>
      publish(
        by,
        buildAnnouncement({
          identifier: 'service',
          kinds: [5050],
          name: 'A service',
          about: '',
          amount: 'flexible',
          supportsEncryption: false,
          acceptsNutzaps: false,
          nip90Params: new Map(),
          createdAt: now,
          ...draft,
        }),
      ),
    beat(by, secondsAgo = 0) {
      const beat = buildHeartbeat({ identifier: 'service', status: 'online', createdAt: now - secondsAgo });
      // A relay takes nothing that has expired already.
      return publish(by, { ...beat, tags: beat.tags.filter(([name]) => name !== 'expiration') });
    },
    async job({ customer, provider, name, secondsAgo, rating }) {
      const at = now - secondsAgo;
      const request = await publish(
        customer,
        buildJobRequest({
          kind: 5050,
          inputs: [{ data: name, type: 'text', relay: null, marker: null }],
          params: new Map(),
          outputs: [],
          relays: [],
          createdAt: at,
        }),
      );
      const payment = invoiceOf(request.id, 100);
      const amount = { amountMsat: satsToMsat(100), bolt11: payment.bolt11 };
      await publish(
        provider,
        buildFeedback({ request, status: 'payment-required', ...amount, createdAt: at + 1 }),
      );
      const result = await publish(
        provider,
        buildResult({ request, content: `done: ${name}`, createdAt: at + 5 }),
      );
      if (rating !== undefined)
        await publish(customer, buildReview({ reviewed: result, rating, payment, createdAt: at + 9 }));
      return { request, result };
    },
    directory(options = {}) {
      const directory = openDirectory({
        relays: relays.openPool(),
        relayUrls: [relays.relay.url],
        now: () => now,
        timeoutMs: PATIENT_MS,
        ...options,
      });
      directories.push(directory);
      return directory;
    },
    async close() {
      for (const directory of directories) await directory.close();
      await relays.close();
    },
  };
}
