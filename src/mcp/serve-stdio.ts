import type { McpServerFactory } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';

/**
 * Serves MCP on this process's stdin and stdout, until the client closes stdin or the signal aborts. Nothing else may
 * write to stdout meanwhile.
 */
export async function serveMcpStdio(servers: McpServerFactory, signal: AbortSignal): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const end = (): void => resolve();
  process.stdin.once('end', end).once('close', end);
  signal.addEventListener('abort', end, { once: true });
  const connection = serveStdio(servers);
  try {
    if (!signal.aborted) await over;
  } finally {
    process.stdin.off('end', end).off('close', end);
    signal.removeEventListener('abort', end);
    await connection.close();
  }
}
