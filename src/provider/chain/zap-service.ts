import { isPayableUrl } from '../../money/index.ts';
import {
  ANNOUNCEMENT_KIND,
  isHex32,
  isRecord,
  parseJson,
  verifyEvent,
  verifyZapReceipt,
  type NostrEvent,
  type VerifiedZap,
  type ZapEndpoint,
} from '../../protocol/index.ts';
import type { ProviderContext } from '../context.ts';

/** The wallet through which somebody is zapped, and its word on receipts. */
export interface ZapService {
  /** Who signs its receipts. */
  readonly signerPubkey: string;
  /** The zap that a receipt tells of, if it keeps every rule of NIP-57 F; `null` otherwise. */
  believe(receipt: NostrEvent): Promise<VerifiedZap | null>;
}

const PROFILE_KIND = 0;
const MAX_ANSWER_BYTES = 65_536;
/** Names and hosts of lightning addresses (LUD-16); what else a profile says is not fetched. */
const LIGHTNING_ADDRESS = /^([a-z0-9._+-]{1,64})@([a-z0-9.-]{1,253}(?::\d{1,5})?)$/i;

/**
 * Finds where a key is zapped: by the lightning address of its profile, or of its announcement, as its endpoint
 * describes itself (NIP-57 B). `null` when it is not zapped, or when we cannot ask.
 */
export async function findZapService(
  context: ProviderContext,
  relays: readonly string[],
  pubkey: string,
  signal: AbortSignal,
): Promise<ZapService | null> {
  const capabilities = await context.wallet?.capabilities({ signal });
  if (context.fetchInput === null || capabilities?.ok !== true) return null;
  const { network } = capabilities.value;
  const profiles = await context.relays.query(
    relays,
    [{ kinds: [PROFILE_KIND, ANNOUNCEMENT_KIND], authors: [pubkey], limit: 10 }],
    { signal },
  );
  const url = profiles
    .toSorted((left, right) => left.kind - right.kind)
    .map(payUrl)
    .find((found) => found !== null);
  if (!url || !isPayableUrl(url, network)) return null;
  const fetched = await context.fetchInput(url.href, { signal, maxBytes: MAX_ANSWER_BYTES });
  const endpoint = fetched.ok ? readEndpoint(new TextDecoder().decode(fetched.value.body)) : null;
  if (endpoint === null) return null;
  return {
    signerPubkey: endpoint.nostrPubkey,
    async believe(receipt) {
      const verified = await verifyZapReceipt(receipt, {
        recipientPubkey: pubkey,
        endpoint,
        network,
        verify: verifyEvent,
      });
      return verified.ok ? verified.value : null;
    },
  };
}

function payUrl({ content }: NostrEvent): URL | null {
  const profile = parseJson(content);
  const address = isRecord(profile) ? profile['lud16'] : null;
  const [, name, host] = LIGHTNING_ADDRESS.exec(typeof address === 'string' ? address : '') ?? [];
  return name === undefined ? null : URL.parse(`https://${host}/.well-known/lnurlp/${name.toLowerCase()}`);
}

function readEndpoint(text: string): (ZapEndpoint & { readonly nostrPubkey: string }) | null {
  const answer = parseJson(text);
  if (!isRecord(answer) || answer['allowsNostr'] !== true) return null;
  const nostrPubkey = answer['nostrPubkey'];
  return isHex32(nostrPubkey) ? { allowsNostr: true, nostrPubkey } : null;
}
