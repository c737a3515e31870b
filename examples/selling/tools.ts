import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';

/** An MCP server like any other: nothing in it knows that it is sold. */
serveStdio(() => {
  const server = new McpServer({ name: 'dice', version: '1.0.0' });
  const inputSchema = z.object({ sides: z.int().min(2).max(100) });
  server.registerTool('roll', { description: 'Rolls a die.', inputSchema }, async ({ sides }) => ({
    content: [{ type: 'text', text: `rolled ${1 + Math.floor(Math.random() * sides)} of ${sides}` }],
  }));
  return server;
});
