import * as z from 'zod';
import { JobFailure, type JobOutput, type JobProgress } from '../../provider/index.ts';

/** A file in a result: by its path where a program made it, else in base64. */
const FileMessage = z.object({
  path: z.string().optional(),
  base64: z.string().optional(),
  mediaType: z.string().regex(/^[\w.+-]+\/[\w.+-]+/),
  name: z.string().max(255).optional(),
});

/** What programs and endpoints say, one JSON object each. What they say besides is ignored. */
const HandlerMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('progress'),
    note: z.string().default(''),
    /** 0 to 1. */
    fraction: z.number().min(0).max(1).optional(),
  }),
  z.object({ type: z.literal('partial'), content: z.string() }),
  z.object({
    type: z.literal('result'),
    /** Text; anything else is delivered as JSON. */
    content: z.json().optional(),
    mediaType: z.string().optional(),
    file: FileMessage.optional(),
  }),
  z.object({
    type: z.literal('error'),
    /** Kebab-case, as all codes that customers read. */
    code: z.string().regex(/^[a-z][a-z0-9-]{1,63}$/),
    message: z.string().max(500).default(''),
    /** Trying again may help. */
    retryable: z.boolean().default(false),
  }),
]);

/** One message of a program or an endpoint. */
export type HandlerMessage = z.output<typeof HandlerMessage>;
/** The message that ends a job well. */
export type ResultMessage = Extract<HandlerMessage, { type: 'result' }>;

/**
 * Reads a message: JSON in UTF-8. Throws `JobFailure` with `output-not-text` or `handler-output-invalid`, which say
 * nothing of what was written.
 */
export function readHandlerMessage(line: Uint8Array): HandlerMessage {
  const parsed = HandlerMessage.safeParse(parseJson(decodeText(line)));
  if (parsed.success) return parsed.data;
  throw new JobFailure('handler-output-invalid', 'The service answered in a way that is not understood.');
}

/** The bytes as text. Throws `JobFailure` with `output-not-text` for what is not UTF-8, or holds NUL. */
export function decodeText(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Not UTF-8; told below.
  }
  throw new JobFailure('output-not-text', 'The service wrote something that is not UTF-8 text.');
}

/** What a JSON text holds; `undefined` for any other text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the message means on the way to a result: progress, the result, or the failure that is thrown. */
export function meaningOf(message: HandlerMessage): JobProgress | ResultMessage {
  switch (message.type) {
    case 'error':
      throw failureOf(message);
    case 'progress': {
      const { type, note, fraction } = message;
      return { type, note, ...(fraction === undefined ? {} : { fraction }) };
    }
    default:
      return message;
  }
}

/** The failure that a text says as an `error` message; `null` when it is anything else. */
export function saidFailure(text: unknown): JobFailure | null {
  const { data } = HandlerMessage.safeParse(typeof text === 'string' ? parseJson(text) : null);
  return data?.type === 'error' ? failureOf(data) : null;
}

function failureOf({ code, message, retryable }: Extract<HandlerMessage, { type: 'error' }>): JobFailure {
  return new JobFailure(code, message, { retryable });
}

/**
 * The output that a result message describes; `readFile` gets the bytes of its file where they are named by a path.
 * Throws `JobFailure` with `handler-output-invalid`.
 */
export async function outputOf(
  { content, mediaType, file }: ResultMessage,
  readFile: ((path: string) => Promise<Uint8Array>) | null,
): Promise<JobOutput> {
  const text = content === undefined || typeof content === 'string' ? content : JSON.stringify(content);
  if (file === undefined) {
    const type = mediaType ?? (typeof content === 'string' ? undefined : 'application/json');
    if (text === undefined) throw new JobFailure('handler-output-invalid', 'The result is empty.');
    return type === undefined ? { content: text } : { content: text, mediaType: type };
  }
  const bytes =
    file.path !== undefined && readFile !== null
      ? await readFile(file.path)
      : Buffer.from(file.base64 ?? '', 'base64');
  if (bytes.length === 0) throw new JobFailure('handler-output-invalid', 'The file of the result is empty.');
  return {
    file: { bytes, mediaType: file.mediaType, ...(file.name === undefined ? {} : { name: file.name }) },
    ...(text === undefined ? {} : { content: text }),
  };
}
