import NDK, {
  NDKPrivateKeySigner,
  type NDKEvent,
  type NDKFilter,
  type NDKSubscription,
} from '@nostr-dev-kit/ndk';
import { bytesToHex } from '@noble/hashes/utils.js';
import { vi } from 'vitest';
import { generateSecretKey, pubkeyOf } from '../../src/keys/index.ts';

/** Somebody who uses nothing but NDK. */
export interface NdkParty {
  readonly ndk: NDK;
  readonly pubkey: string;
  /** Hands on every event that matches from now on, in the order of arrival. */
  hear(filter: NDKFilter, onEvent: (event: NDKEvent) => Promise<void> | void): void;
  /** Keeps what matches from now on, as NDK reads it. */
  keep<Read extends NDKEvent>(filter: NDKFilter, read: (event: NDKEvent) => Promise<Read>): NdkInbox<Read>;
  close(): void;
}

/** Events of one filter, as NDK reads them. */
export interface NdkInbox<Read extends NDKEvent> {
  /** Waits until an event fits; fails when NDK could not read one. */
  next(fits: (event: Read) => boolean): Promise<Read>;
}

/** Connects to one relay and to no other: NDK would else look for relays of its users on the Internet. */
export async function openNdkParty(relayUrl: string): Promise<NdkParty> {
  const secretKey = generateSecretKey();
  const ndk = new NDK({
    explicitRelayUrls: [relayUrl],
    signer: new NDKPrivateKeySigner(bytesToHex(secretKey)),
    enableOutboxModel: false,
    autoConnectUserRelays: false,
  });
  await ndk.connect(10_000);
  const subscriptions: NDKSubscription[] = [];
  const hear: NdkParty['hear'] = (filter, onEvent) => {
    const options = { closeOnEose: false, groupable: false, onEvent };
    subscriptions.push(ndk.subscribe(filter, options));
  };
  return {
    ndk,
    pubkey: pubkeyOf(secretKey),
    hear,
    keep<Read extends NDKEvent>(filter: NDKFilter, read: (event: NDKEvent) => Promise<Read>) {
      const events: Read[] = [];
      const failures: unknown[] = [];
      hear(filter, (event) =>
        read(event).then(
          (made) => void events.push(made),
          (error: unknown) => void failures.push(error),
        ),
      );
      return {
        next: (fits: (event: Read) => boolean) =>
          vi.waitFor(
            () => {
              if (failures.length > 0) throw new Error('NDK cannot read an event.', { cause: failures[0] });
              const found = events.find(fits);
              if (found === undefined) throw new Error('No such event has arrived.');
              return found;
            },
            { timeout: 20_000 },
          ),
      };
    },
    close() {
      for (const subscription of subscriptions) subscription.stop();
      for (const relay of ndk.pool.relays.values()) relay.disconnect();
    },
  };
}
