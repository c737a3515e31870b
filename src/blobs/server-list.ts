import type { EventTemplate, NostrEvent } from '../protocol/index.ts';

/** Where somebody keeps files (BUD-03), the most reliable server first. */
export const BLOB_SERVER_LIST_KIND = 10_063;

/** More servers of one list than this are not believed to be used. */
const MAX_SERVERS = 16;

/** Reads a list of servers; addresses without a path, each once. What is no http or https URL is dropped. */
export function parseBlobServerList(event: NostrEvent): readonly string[] {
  if (event.kind !== BLOB_SERVER_LIST_KIND) return [];
  const servers = event.tags.flatMap(([name, text = '']) => {
    const url = name === 'server' ? URL.parse(text) : null;
    return url !== null && /^https?:$/.test(url.protocol) ? [url.origin] : [];
  });
  return [...new Set(servers)].slice(0, MAX_SERVERS);
}

/** Writes a list of servers. */
export function buildBlobServerList(list: {
  readonly servers: readonly string[];
  /** Unix seconds. */
  readonly createdAt: number;
}): EventTemplate {
  const tags = list.servers.map((server) => ['server', server]);
  return { kind: BLOB_SERVER_LIST_KIND, created_at: list.createdAt, tags, content: '' };
}
