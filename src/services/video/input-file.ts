import { JobFailure, type JobContext, type ResolvedInput } from '../../provider/index.ts';

const MAX_FILE_BYTES = 256 * 2 ** 20;

/** The file that a job works on. Throws `JobFailure` `no-input`, `unsupported-file` or `file-too-large`. */
export function fileOf({ inputs }: JobContext): ResolvedInput {
  const [input] = inputs;
  if (!input || input.bytes.length === 0) throw new JobFailure('no-input', 'The job has no file to work on.');
  if (input.mediaType?.startsWith('text/html'))
    throw new JobFailure('unsupported-file', 'This is a web page; send the address of the file itself.');
  if (input.bytes.length > MAX_FILE_BYTES)
    throw new JobFailure('file-too-large', `A file may have at most ${MAX_FILE_BYTES} bytes.`);
  return input;
}
