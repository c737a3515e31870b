import { posix, win32 } from 'node:path';

/** Programs whose configuration `coinop mcp install` knows. */
export const MCP_CLIENTS = ['claude-desktop', 'claude-code', 'cursor', 'vscode', 'windsurf'] as const;

/** A program that talks to MCP servers. */
export type McpClient = (typeof MCP_CLIENTS)[number];

/** What decides where programs keep their configuration. */
export interface UserMachine {
  readonly platform: NodeJS.Platform;
  /** The home directory of the user. */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Where a client lists its servers, and how it writes them. */
export interface ClientFile {
  readonly path: string;
  /** The directory that is there when the client is installed. */
  readonly sign: string;
  /** The member of the file's object that holds the servers by name. */
  readonly list: 'mcpServers' | 'servers';
  /** Entries name their transport. */
  readonly typed: boolean;
}

/** Where a client of this user keeps its list of servers, on Linux, macOS or Windows. */
export function clientFile(client: McpClient, machine: UserMachine): ClientFile {
  const path = machine.platform === 'win32' ? win32 : posix;
  const inHome = (...parts: readonly string[]): string => path.join(machine.home, ...parts);
  const inAppData = (...parts: readonly string[]): string => path.join(appData(machine), ...parts);
  switch (client) {
    case 'claude-desktop': {
      const sign = inAppData('Claude');
      return { path: path.join(sign, 'claude_desktop_config.json'), sign, list: 'mcpServers', typed: false };
    }
    case 'claude-code': {
      const moved = machine.env['CLAUDE_CONFIG_DIR'];
      return {
        path: moved ? path.join(moved, '.claude.json') : inHome('.claude.json'),
        sign: moved ?? inHome('.claude'),
        list: 'mcpServers',
        typed: true,
      };
    }
    case 'cursor': {
      const sign = inHome('.cursor');
      return { path: path.join(sign, 'mcp.json'), sign, list: 'mcpServers', typed: false };
    }
    case 'vscode': {
      const sign = inAppData('Code', 'User');
      return { path: path.join(sign, 'mcp.json'), sign, list: 'servers', typed: true };
    }
    case 'windsurf': {
      const sign = inHome('.codeium', 'windsurf');
      return { path: path.join(sign, 'mcp_config.json'), sign, list: 'mcpServers', typed: false };
    }
  }
}

/** Where desktop programs of the user keep their settings. */
function appData({ platform, home, env }: UserMachine): string {
  if (platform === 'win32') return env['APPDATA'] || win32.join(home, 'AppData', 'Roaming');
  if (platform === 'darwin') return posix.join(home, 'Library', 'Application Support');
  return env['XDG_CONFIG_HOME'] || posix.join(home, '.config');
}
