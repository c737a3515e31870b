import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { blockHeader, writeTimestamp, type WrittenStep } from '../fixtures/timestamp-writer.ts';

/** An OpenTimestamps calendar server, as the reference server speaks, with a Bitcoin chain of its own. */
export interface CalendarServer {
  readonly url: string;
  /** Digests that were submitted, hex. */
  readonly submitted: readonly string[];
  /** Puts all commitments so far into a block of that height. */
  mine(height: number): void;
  blockHeader(height: number): string | null;
  /** Answers everything with these bytes instead, until `null`. */
  junk: Uint8Array | null;
  close(): Promise<void>;
}

/** Head and digest of a proof file, which calendars leave out of their answers. */
const FILE_HEAD_BYTES = 33 + 32;

const sha256 = (hex: string): string => createHash('sha256').update(Buffer.from(hex, 'hex')).digest('hex');

/** Carries out the steps that this server writes. */
function follow(digest: string, steps: readonly WrittenStep[]): string {
  let message = digest;
  for (const step of steps) {
    if (step.op === 'append') message += step.hex;
    else if (step.op === 'prepend') message = step.hex + message;
    else message = sha256(message);
  }
  return message;
}

export async function startCalendarServer(): Promise<CalendarServer> {
  const submitted: string[] = [];
  /** Commitment → the block that has it. */
  const commitments = new Map<string, number | null>();
  const roots = new Map<number, string>();
  const toBlock: readonly WrittenStep[] = [{ op: 'append', hex: 'beef' }, { op: 'sha256' }, { op: 'sha256' }];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const answer = reply(request.method ?? '', request.url ?? '', Buffer.concat(chunks));
      response.writeHead(answer.status, { 'content-type': 'application/octet-stream' }).end(answer.body);
    });
  });
  const reply = (
    method: string,
    path: string,
    body: Buffer,
  ): { status: number; body: Uint8Array | string } => {
    if (calendar.junk !== null) return { status: 200, body: calendar.junk };
    if (method === 'POST' && path === '/digest' && body.length <= 64) {
      const digest = body.toString('hex');
      submitted.push(digest);
      const steps: WrittenStep[] = [
        { op: 'prepend', hex: '63ebc438' },
        { op: 'append', hex: 'ba3242b113ee37d7' },
      ];
      commitments.set(follow(digest, steps), null);
      const attestation = { type: 'pending', calendarUrl: calendar.url } as const;
      return {
        status: 200,
        body: writeTimestamp(digest, [{ steps, attestation }]).subarray(FILE_HEAD_BYTES),
      };
    }
    const commitment = path.replace('/timestamp/', '');
    const height = commitments.get(commitment);
    if (height === undefined || height === null)
      return { status: 404, body: 'Pending confirmation in Bitcoin blockchain' };
    const attestation = { type: 'bitcoin', height } as const;
    const proof = writeTimestamp(sha256(commitment), [{ steps: toBlock, attestation }]);
    return { status: 200, body: proof.subarray(FILE_HEAD_BYTES) };
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const calendar: CalendarServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    submitted,
    junk: null,
    mine(height) {
      for (const [commitment, block] of commitments) {
        if (block !== null) continue;
        commitments.set(commitment, height);
        roots.set(height, follow(commitment, toBlock));
      }
    },
    blockHeader: (height) => {
      const root = roots.get(height);
      return root === undefined ? null : blockHeader(root);
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return calendar;
}
