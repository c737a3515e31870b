import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { failure, parseJson, parseMsat, success, type Msat, type Outcome } from '../../protocol/index.ts';

/** What a person is asked to agree to: one quote at one price, once. */
export interface ApprovalWish {
  readonly quoteId: string;
  /** The job kind, 5000–5999. */
  readonly kind: number;
  readonly providerPubkey: string;
  readonly exchange: string;
  /** The price, without routing fees. */
  readonly amountMsat: Msat;
  /** Unix seconds; an agreement later than this is of no use. */
  readonly expiresAt: number;
}

/** A person was asked, and what they said so far. */
export interface Approval extends ApprovalWish {
  /** Cannot be guessed. */
  readonly id: string;
  readonly state: 'asked' | 'granted' | 'denied';
}

/** Why a decision was not taken down. */
export type DecisionFailureCode = 'approval-unknown' | 'approval-decided';

/**
 * What people were asked to approve and what they answered, in files of the account's directory: the server that
 * asks and the command by which a person answers are two processes, and an answer survives both.
 */
export interface Approvals {
  /** Asks; the same quote at the same price is one question. Fails with `too-many-approvals`. */
  ask(wish: ApprovalWish): Promise<Outcome<Approval, 'too-many-approvals'>>;
  /** The question about a quote at a price, `null` where none is open or answered. */
  find(quoteId: string, amountMsat: Msat): Promise<Approval | null>;
  get(id: string): Promise<Approval | null>;
  /** Everything that waits for an answer. */
  open(): Promise<readonly Approval[]>;
  decide(id: string, decision: 'granted' | 'denied'): Promise<Outcome<Approval, DecisionFailureCode>>;
}

const MAX_KEPT = 100;
const ID_BYTES = 12;

/** Opens the approvals in a directory, which is made (mode 0700) with the first question. `now` is unix seconds. */
export function openApprovals({ dir, now }: { readonly dir: string; readonly now: () => number }): Approvals {
  const pathOf = (id: string): string => join(dir, `${id}.json`);

  async function get(id: string): Promise<Approval | null> {
    if (!APPROVAL_ID.test(id)) return null;
    const approval = await readApproval(pathOf(id));
    if (approval === null || approval.expiresAt > now()) return approval;
    await unlink(pathOf(id)).catch(() => undefined); // another process may have tidied first
    return null;
  }

  async function all(): Promise<readonly Approval[]> {
    const names = await readdir(dir).catch(() => []); // absent until somebody is asked
    const found = await Promise.all(names.map((name) => get(name.replace(/\.json$/, ''))));
    return found.filter((approval) => approval !== null);
  }

  async function write(approval: Approval): Promise<Approval> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const draft = join(dir, `${randomUUID()}.new`);
    const text = JSON.stringify({ ...approval, amountMsat: approval.amountMsat.toString() });
    await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
    await rename(draft, pathOf(approval.id));
    return approval;
  }

  const find: Approvals['find'] = async (quoteId, amountMsat) =>
    (await all()).find((each) => each.quoteId === quoteId && each.amountMsat === amountMsat) ?? null;

  return {
    get,
    find,
    async ask(wish) {
      const same = await find(wish.quoteId, wish.amountMsat);
      if (same !== null) return success(same);
      if ((await all()).length >= MAX_KEPT)
        return failure('too-many-approvals', 'Too many purchases wait for a person; answer those first.');
      return success(await write({ ...wish, id: randomBytes(ID_BYTES).toString('hex'), state: 'asked' }));
    },
    async open() {
      return (await all()).filter(({ state }) => state === 'asked');
    },
    async decide(id, decision) {
      const approval = await get(id);
      if (approval === null)
        return failure('approval-unknown', 'Nothing of that id waits for approval; it may have run out.');
      if (approval.state !== 'asked')
        return failure('approval-decided', `It was ${approval.state} before.`, { state: approval.state });
      return success(await write({ ...approval, state: decision }));
    },
  };
}

const APPROVAL_ID = /^[0-9a-f]{24}$/;

const ApprovalFile = z.object({
  id: z.string().regex(APPROVAL_ID),
  state: z.enum(['asked', 'granted', 'denied']),
  quoteId: z.string(),
  kind: z.number().int(),
  providerPubkey: z.string(),
  exchange: z.string(),
  amountMsat: z.string(),
  expiresAt: z.number().int(),
});

async function readApproval(path: string): Promise<Approval | null> {
  const text = await readFile(path, 'utf8').catch(() => null); // decided away, or never there
  if (text === null) return null;
  const parsed = ApprovalFile.safeParse(parseJson(text));
  const amountMsat = parsed.success ? parseMsat(parsed.data.amountMsat) : null;
  return parsed.success && amountMsat !== null ? { ...parsed.data, amountMsat } : null;
}
