import { parseJson, parseTagList, type JobRequest, type KindContract } from '../../protocol/index.ts';
import type { ResultCheck } from './verdict.ts';

/** Kinds whose result says nothing, because the deed is the result: payments from a wallet, subscriptions. */
const SILENT_KINDS: ReadonlySet<number> = new Set([5903, 5906]);

/**
 * Whether the content is of one of the types that were asked for; where none was, of one that the kind is known for,
 * which is wrong only where the kind is agreed upon. A picture may come as an address, as data or as a reference.
 */
export function checkOutputType(
  request: JobRequest,
  contract: Pick<KindContract, 'outputs' | 'status'>,
  content: string,
): ResultCheck[] {
  if (content.trim() === '')
    return SILENT_KINDS.has(request.kind) ? [] : [check(false, 'The result is empty.')];
  const wanted = request.outputs.length > 0 ? request.outputs : contract.outputs;
  if (wanted.length === 0) return [];
  const fits = wanted.map((mime) => isOfType(mime, content));
  const fitting = wanted[fits.indexOf(true)];
  if (fitting !== undefined) return [check(true, `The result may be ${fitting}.`)];
  const listed = wanted.join(', ');
  const isVague = request.outputs.length === 0 && contract.status !== 'spec';
  return fits.includes(null) || isVague
    ? [check(null, `Nothing here can tell whether the result is ${listed}.`)]
    : [check(false, `The result is not ${listed}.`)];
}

function check(ok: ResultCheck['ok'], detail: string): ResultCheck {
  return { name: 'output-type', ok, detail };
}

/** Whether content may be of a MIME type, as the `output` tag names it; `null` for types that are not known. */
function isOfType(mime: string, content: string): boolean | null {
  const [type = '', ...parameters] = mime
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const [family] = type.split('/');
  if (type === 'application/json' || type.endsWith('+json')) return isJson(content);
  if (type === 'text/vtt') return content.trimStart().startsWith('WEBVTT');
  if (family === 'text') return true;
  if (family !== 'image' && family !== 'audio' && family !== 'video' && type !== 'application/pdf')
    return null;
  if (parameters.includes('format=url')) return hasUrl(content);
  return hasUrl(content) || isDataUrl(content, type) || isReference(content) || isBase64(content);
}

/** Feeds are written without the brackets around their tags as well. */
function isJson(content: string): boolean {
  return parseJson(content) !== undefined || parseTagList(content) !== null;
}

function hasUrl(content: string): boolean {
  return /\bhttps?:\/\/[^\s"'<>]+/i.test(content);
}

/** Data of the same family, whatever its format: some services convert. */
function isDataUrl(content: string, type: string): boolean {
  const named = /^data:([a-z]+)\/[a-z0-9.+-]+[;,]/i.exec(content.trim())?.[1];
  return named !== undefined && type.startsWith(`${named.toLowerCase()}/`);
}

/** An event that describes a file (NIP-94), or a hash on a Blossom server. */
function isReference(content: string): boolean {
  return /\b(nostr:)?(nevent|naddr|note)1[a-z0-9]{20,}/.test(content) || /\b[0-9a-f]{64}\b/.test(content);
}

const SHORTEST_FILE_CHARS = 100;

/** The bytes of a file. Words are no base64: they have spaces. */
function isBase64(content: string): boolean {
  const text = content.trim();
  return (
    text.length >= SHORTEST_FILE_CHARS && /^[A-Za-z0-9+/_-]+={0,2}$/.test(text.replaceAll(/[\r\n]/g, ''))
  );
}
