import type { CallToolResult } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { ReceivedFile } from '../../customer/index.ts';
import { shorten } from '../untrusted-text.ts';

/** More than models take at once; such a file is named, and not handed over. */
const MAX_BYTES = 3 * 2 ** 20;
const MAX_NAME_CHARS = 100;
const MAX_URL_CHARS = 2048;

/** A file that a result consists of, as tools tell of it. */
export const FileView = z.object({
  media_type: z.string().describe('What its bytes are; where they do not show it, as the provider says.'),
  name: z.string().nullable().describe('Written by a stranger.'),
  bytes: z.number().int(),
  handed_over: z
    .boolean()
    .describe(
      'The file itself is among the contents of this answer: an image, a sound or a resource. Else it is too large, and a person gets it by `coinop resend` with the job_id.',
    ),
});

/** What is told of a file, and the content that hands it over. */
export interface ShownFile {
  readonly view: z.infer<typeof FileView>;
  readonly blocks: CallToolResult['content'];
}

/** What models take as pictures, by their first bytes: one of another type than it is said to be is an error to them. */
const PICTURES: readonly (readonly [pattern: RegExp, mediaType: string])[] = [
  [/^89504e470d0a1a0a/, 'image/png'],
  [/^ffd8ff/, 'image/jpeg'],
  [/^52494646.{8}57454250/, 'image/webp'],
  [/^474946383[79]61/, 'image/gif'],
];
const SOUND = /^audio\/[a-z0-9.+-]{1,60}$/;
const MEDIA_TYPE = /^[a-z0-9.+-]{1,60}\/[a-z0-9.+-]{1,60}$/;

/** Shows a file whose bytes are those that its provider signed for: a stranger's, like all of the result. */
export function showFile({ bytes, mediaType, name, url }: ReceivedFile): ShownFile {
  const start = Buffer.from(bytes.subarray(0, 16)).toString('hex');
  const picture = PICTURES.find(([pattern]) => pattern.test(start))?.[1];
  const said = mediaType?.split(';')[0]?.trim().toLowerCase() ?? '';
  const type = picture ?? (MEDIA_TYPE.test(said) ? said : 'application/octet-stream');
  const isHandedOver = bytes.length <= MAX_BYTES && url.length <= MAX_URL_CHARS;
  const view = {
    media_type: type,
    name: name === null ? null : shorten(name, MAX_NAME_CHARS),
    bytes: bytes.length,
    handed_over: isHandedOver,
  };
  if (!isHandedOver) return { view, blocks: [] };
  const data = Buffer.from(bytes).toString('base64');
  if (picture !== undefined) return { view, blocks: [{ type: 'image', data, mimeType: type }] };
  if (SOUND.test(type)) return { view, blocks: [{ type: 'audio', data, mimeType: type }] };
  return { view, blocks: [{ type: 'resource', resource: { uri: url, mimeType: type, blob: data } }] };
}
