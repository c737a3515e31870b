import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/client';
import { JobFailure, type JobOutput, type ResultFile } from '../../provider/index.ts';

const MAX_ERROR_CHARACTERS = 500;
const JSON_TYPE = 'application/json';

/**
 * What a tool answered as the output of a job: its one picture, sound or file; else its structured answer as JSON,
 * unless text is wanted; else its text. What fits none of these is the answer's content as JSON. Throws `JobFailure`
 * with `tool-error` where the tool says that it failed.
 */
export function toolOutput(result: CallToolResult, outputs: readonly string[]): JobOutput {
  const { content, structuredContent, isError } = result;
  const texts = content.flatMap(textOf);
  const text = texts.join('\n');
  if (isError === true)
    throw new JobFailure('tool-error', text.slice(0, MAX_ERROR_CHARACTERS) || 'The tool failed.');
  const files = content.flatMap(fileOf);
  const [file] = files;
  if (file !== undefined && files.length === 1) return { file, ...(text === '' ? {} : { content: text }) };
  if (files.length > 1) return { content: JSON.stringify({ content }), mediaType: JSON_TYPE };
  if (structuredContent !== undefined && (texts.length === 0 || !wantsText(outputs)))
    return { content: JSON.stringify(structuredContent), mediaType: JSON_TYPE };
  if (texts.length === 0) throw new JobFailure('handler-output-invalid', 'The tool answered nothing.');
  return { content: text };
}

function wantsText(outputs: readonly string[]): boolean {
  return outputs.some((mime) => mime.toLowerCase().startsWith('text/'));
}

function textOf(block: ContentBlock): string[] {
  if (block.type === 'text') return [block.text];
  if (block.type === 'resource_link') return [block.uri];
  return block.type === 'resource' && 'text' in block.resource ? [block.resource.text] : [];
}

function fileOf(block: ContentBlock): ResultFile[] {
  if (block.type === 'image' || block.type === 'audio')
    return [{ bytes: Buffer.from(block.data, 'base64'), mediaType: block.mimeType }];
  if (block.type !== 'resource' || !('blob' in block.resource)) return [];
  const { blob, mimeType = 'application/octet-stream' } = block.resource;
  return [{ bytes: Buffer.from(blob, 'base64'), mediaType: mimeType }];
}
