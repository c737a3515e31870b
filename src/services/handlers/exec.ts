import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  JobFailure,
  type JobContext,
  type JobHandler,
  type JobOutput,
  type JobProgress,
} from '../../provider/index.ts';
import { outputLimit, runToEnd, taskOf, wellEnded, type ExecOptions } from './exec-run.ts';
import {
  decodeText,
  meaningOf,
  outputOf,
  readHandlerMessage,
  type ResultMessage,
} from './handler-message.ts';
import { jobDocument } from './job-document.ts';
import { createFeed, createLineCutter } from './message-feed.ts';
import { readResultFile } from './result-file.ts';

/**
 * Runs a program for each job, with facts of the job in `COINOP_…` variables and a private folder in `TMPDIR`. Fails
 * with `handler-failed` or what the exit status means (the last lines of standard error are told, without values of
 * its environment), `handler-timeout`, `handler-output-too-large`, `handler-output-invalid`, `output-not-text`,
 * `param-too-large`, `no-input`, or the code that an `error` message says.
 */
export function execHandler(options: ExecOptions): JobHandler {
  return options.protocol === 'json-lines'
    ? (job) => runWithMessages(options, job)
    : (job) => runForText(options, job);
}

async function runForText(options: ExecOptions, job: JobContext): Promise<string> {
  const [input] = job.inputs;
  if (!input) throw new JobFailure('no-input', 'The job has no input to work on.');
  const directory = await mkdtemp(join(tmpdir(), 'coinop-exec-'));
  try {
    const end = await runToEnd(taskOf(options, job, { directory, stdin: input.bytes }));
    return decodeText(wellEnded(options, end).stdout).replace(/\r?\n$/, '');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The last result stands, once the program has ended well: its file is read then. */
async function* runWithMessages(
  options: ExecOptions,
  job: JobContext,
): AsyncGenerator<JobProgress, JobOutput> {
  const left = new AbortController();
  const directory = await mkdtemp(join(tmpdir(), 'coinop-exec-'));
  const feed = createFeed<Uint8Array>();
  const cutter = createLineCutter(feed.add);
  const running = runToEnd({
    ...taskOf(options, job, { directory, stdin: Buffer.from(JSON.stringify(jobDocument(job))) }),
    signal: AbortSignal.any([job.signal, left.signal]),
    onOutput: cutter.add,
  });
  const ended = running.then(
    () => {
      cutter.end();
      feed.end();
    },
    (error: unknown) => feed.end(error),
  );
  try {
    let result: ResultMessage | null = null;
    for await (const line of feed.items()) {
      if (line.length === 0) continue;
      const said = meaningOf(readHandlerMessage(line));
      if (said.type === 'result') result = said;
      else yield said;
    }
    wellEnded(options, await running);
    if (result === null)
      throw new JobFailure('handler-output-invalid', 'The program ended without a result.');
    return await outputOf(result, (path) => readResultFile(directory, path, outputLimit(options)));
  } finally {
    left.abort(new Error('The job has ended.'));
    await ended;
    await rm(directory, { recursive: true, force: true });
  }
}
