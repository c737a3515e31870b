import type { RelayLimits } from './limits.ts';

/** What an operator says about the relay (NIP-11). */
export interface RelayDescription {
  /** Fewer than 30 characters. */
  readonly name?: string;
  readonly description?: string;
  /** Hex key of the operator. */
  readonly pubkey?: string;
  /** A URI such as `mailto:…`. */
  readonly contact?: string;
  /** URL of the software's home page, and its version. */
  readonly software?: string;
  readonly version?: string;
}

/** The relay information document (NIP-11), JSON-safe. */
export interface RelayInformation extends RelayDescription {
  readonly supported_nips: readonly number[];
  readonly limitation: Readonly<Record<string, number | boolean>>;
}

const SUPPORTED_NIPS = [1, 9, 11, 40, 42, 45, 70];

/** The document of a relay with these limits. */
export function relayInformation(description: RelayDescription, limits: RelayLimits): RelayInformation {
  return {
    ...description,
    supported_nips: SUPPORTED_NIPS,
    limitation: {
      max_message_length: limits.maxMessageBytes,
      max_subscriptions: limits.maxSubscriptions,
      max_subid_length: limits.maxSubscriptionIdLength,
      max_limit: limits.maxResults,
      default_limit: limits.maxResults,
      max_event_tags: limits.maxTags,
      max_content_length: limits.maxContentLength,
      created_at_upper_limit: limits.maxFutureSeconds,
      min_pow_difficulty: 0,
      auth_required: false,
      payment_required: false,
      restricted_writes: false,
    },
  };
}

const INFORMATION_TYPE = 'application/nostr+json';

/** NIP-11 wants these three on every answer. */
const CORS_HEADERS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': '*',
  'Access-Control-Allow-Methods': 'GET, HEAD, OPTIONS',
};

/**
 * The answer to an HTTP request on the relay's URL that asks for its document (`Accept:
 * application/nostr+json`), or `null` when it asks for something else. Every HTTP front can send it.
 */
export function informationResponse(request: Request, information: RelayInformation): Response | null {
  const asksForIt = request.headers.get('accept')?.toLowerCase().includes(INFORMATION_TYPE);
  if (!asksForIt || !['GET', 'HEAD'].includes(request.method)) return null;
  return new Response(JSON.stringify(information), {
    headers: { ...CORS_HEADERS, 'Content-Type': INFORMATION_TYPE },
  });
}
