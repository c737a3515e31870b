import { strangerIn, strangerResponse } from './own-pages.ts';
import type { Visitors } from './visitors.ts';

/** What the web app is told by the market that serves it; a static host has no such file. */
export interface WebConfig {
  readonly relayUrls: readonly string[];
  readonly blobServers: readonly string[];
  readonly mintUrl: string;
  readonly playMoney: true;
}

/** Answers what the web app asks its market: where everything is, and for a play-money wallet. */
export function webDesk(config: WebConfig, visitors: Visitors): (request: Request) => Promise<Response> {
  return async (request) => {
    const stranger = strangerIn(request);
    if (stranger !== null) return strangerResponse(stranger);
    const { pathname } = new URL(request.url);
    if (pathname === WEB_CONFIG_PATH && request.method === 'GET') return answer(config);
    if (pathname !== PLAY_WALLET_PATH || request.method !== 'POST') return answer(null, 405);
    const welcomed = await visitors.welcome();
    if (welcomed.ok) return answer({ uri: welcomed.value });
    const { code, message, data } = welcomed.failure;
    return answer({ code, message, data }, 429);
  };
}

/** Where the web app asks for its configuration. */
export const WEB_CONFIG_PATH = '/web-config.json';

/** Where the web app asks for a wallet, by POST. */
export const PLAY_WALLET_PATH = '/play-wallet';

function answer(body: unknown, status = 200): Response {
  return Response.json(body, {
    status,
    headers: { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
  });
}
