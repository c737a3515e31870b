import type { OrderWish, PolicyName, SupportedExchange, Wish } from '../../customer/index.ts';
import { parsePubkey } from '../../keys/index.ts';
import { failure, success, type Outcome } from '../../protocol/index.ts';

/** The arguments of `coinop buy`. */
export interface BuyArguments {
  readonly kind: number;
  readonly input: string;
  readonly maxSats: number;
  /** `name=value` or `name=value,value`. */
  readonly params: readonly string[];
  readonly outputs: readonly string[];
  /** Whom to ask, as people write public keys; anybody when empty. */
  readonly to: readonly string[];
  /** Takes offers of others who step in where those asked fail. */
  readonly rescue: boolean;
  readonly deadlineSeconds: number;
  /** Exchange modes to accept, best first; all that can be finished when left out. */
  readonly exchanges: readonly SupportedExchange[] | undefined;
  /** Shows the job to nobody but whom it is addressed to. */
  readonly encrypted: boolean;
  /** Asks in the first draft's dialect (kind 68001). */
  readonly firstDraft: boolean;
  /** Takes an offer by the policy, has a person take one, or takes none and only shows what would be taken. */
  readonly approval: 'automatic' | 'ask' | 'dry-run';
  /** How offers are compared. */
  readonly policy: PolicyName;
  /** Where the result is written; a file that no terminal can show goes into the working directory otherwise. */
  readonly save: string | undefined;
  /** The same key, now or later, is the same purchase. */
  readonly idempotencyKey: string | undefined;
  /** Bits of proof of work (NIP-13) that are done at most when providers ask for it; none when left out. */
  readonly workBits: number | undefined;
  readonly redundancy: OrderWish['redundancy'];
  readonly hedge: OrderWish['hedge'];
}

type OpenWish = Omit<Wish, 'maxAmountMsat' | 'inputs' | 'kind'>;

/** What is asked for, before it is known how much of the maximum each job of it may cost. */
export interface AskedFor {
  /** For every job of the purchase. */
  readonly everyJob: OpenWish;
  /** For the job that was named, not for what must be done before it. */
  readonly namedJob: OpenWish;
}

/** Reads the arguments. Fails with `invalid-argument` or `malformed-pubkey`. */
export function readWish(args: BuyArguments, signal: AbortSignal): Outcome<AskedFor> {
  const targets: string[] = [];
  for (const text of args.to) {
    const pubkey = parsePubkey(text);
    if (!pubkey.ok) return pubkey;
    targets.push(pubkey.value);
  }
  const params = readParams(args.params);
  if (!params.ok) return params;
  if (isOrder(args) && args.approval !== 'automatic')
    return failure(
      'invalid-argument',
      '--ask and --dry-run compare the offers for one request; leave out --hedge, --redundancy, and more than one --to with --encrypt.',
    );
  if (args.workBits !== undefined && (isOrder(args) || args.idempotencyKey !== undefined))
    return failure(
      'invalid-argument',
      '--work may ask a second time; leave out --idempotency-key, --hedge, --redundancy, and more than one --to with --encrypt.',
    );
  // A key names a purchase for good, and a dry run is none.
  const idempotencyKey = args.approval === 'dry-run' ? undefined : args.idempotencyKey;
  return success({
    everyJob: {
      deadlineSeconds: args.deadlineSeconds,
      signal,
      ...(args.exchanges ? { exchanges: args.exchanges } : {}),
      ...(args.firstDraft ? { dialect: 'first-draft' as const } : {}),
      ...(args.approval === 'automatic' ? {} : { approval: 'ask' as const }),
    },
    namedJob: {
      params: params.value,
      outputs: args.outputs,
      ...(targets.length > 0 ? { targets } : {}),
      ...(args.rescue ? { welcomesRescue: true as const } : {}),
      ...(args.encrypted ? { encrypted: true as const } : {}),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    },
  });
}

/** Whether it takes several requests: a second chance, several opinions, or several who may each read it alone. */
export function isOrder({ redundancy, hedge, encrypted, to }: BuyArguments): boolean {
  return redundancy !== undefined || hedge !== undefined || (encrypted && to.length > 1);
}

function readParams(texts: readonly string[]): Outcome<NonNullable<Wish['params']>> {
  const params: Record<string, readonly string[]> = {};
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at < 1) return failure('invalid-argument', `--param ${text} must be name=value.`);
    params[text.slice(0, at)] = text.slice(at + 1).split(',');
  }
  return success(params);
}
