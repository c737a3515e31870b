import type { CallToolResult } from '@modelcontextprotocol/server';
import type { Failure } from '../protocol/index.ts';

/** A refusal or failure as agents get it. */
export interface ToolFailure {
  /** Stable, in lower case with underscores. */
  readonly code: string;
  readonly message: string;
  /** What to do about it. */
  readonly next: string;
  /** Money may have left the wallet: look the job up, and do not simply buy again. */
  readonly possiblySpent?: boolean;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** A tool's answer: for programs as an object, for models as the same in JSON, with words before and after it. */
export function answer(
  structured: Readonly<Record<string, unknown>>,
  words: { readonly before?: string; readonly after?: string } = {},
): CallToolResult {
  const texts = [words.before, JSON.stringify(structured), words.after].filter((text) => text !== undefined);
  return {
    content: texts.map((text) => ({ type: 'text' as const, text })),
    structuredContent: { ...structured },
  };
}

/**
 * A failed call. It carries no structured content: clients check that against the tool's output schema, failed or
 * not.
 */
export function failed(reason: ToolFailure): CallToolResult {
  const { code, message, next, possiblySpent = false, data = {} } = reason;
  const error = { code, message, next, possibly_spent: possiblySpent, ...data };
  return { content: [{ type: 'text', text: JSON.stringify({ error }) }], isError: true };
}

/** A coded failure of the engine, in the spelling of tools. */
export function toolFailure({ code, message, data }: Failure, next: string): ToolFailure {
  return { code: code.replaceAll('-', '_'), message, next, ...(data ? { data: { details: data } } : {}) };
}
