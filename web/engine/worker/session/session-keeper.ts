import { unixNow } from '../../../../src/clock/index.ts';
import type { Signer } from '../../../../src/keys/index.ts';
import { failure, success, type Outcome } from '../../../../src/protocol/index.ts';
import { createInlineVerifier, createRelayPool, type RelayPool } from '../../../../src/relays/index.ts';
import type { EngineTopics, Session, SessionState, SignIn } from '../../contract.ts';
import { createCell, type Cell } from '../cell.ts';
import type { PageLine } from '../page-line.ts';
import type { Vault } from '../vault.ts';
import type { Entered, EntryHall } from './ways-in.ts';

/** Who is signed in, across tabs and restarts. */
export interface SessionKeeper {
  readonly state: Cell<SessionState>;
  /** What the signer of somebody signed in is asked now. */
  readonly asked: Cell<EngineTopics['signer']['state']>;
  /** `null` while nobody is signed in who can sign. */
  readonly signer: Signer | null;
  /** Goes on with the session that was kept. */
  restore(): Promise<void>;
  signIn(how: SignIn): Promise<Outcome<Session>>;
  signOut(): Promise<Outcome<void>>;
  exportKey(password: string): Promise<Outcome<string>>;
  /** The profile says that name. */
  named(pubkey: string, name: string): void;
}

/** Keys and their ciphers are loaded by whoever signs in; to look around takes none. */
const loadWaysIn = () => import('./ways-in.ts');

const KEPT = 'session';
const SECRET = 'session-secret';

interface Kept {
  readonly by: SignIn['by'];
  readonly pubkey: string;
}

/** Opens the keeper, which waits for `restore` where somebody is kept; `relayUrls` are where signer apps are awaited, `onChange` is told when somebody came or went. */
export async function openSessionKeeper(parts: {
  readonly vault: Vault;
  readonly line: PageLine;
  readonly relayUrls: () => readonly string[];
  readonly onChange: () => Promise<void>;
}): Promise<SessionKeeper> {
  const { vault, line, onChange } = parts;
  const before = await vault.read<Kept>(KEPT);
  const state = createCell<SessionState>(
    before === null
      ? { step: 'signed-out' }
      : { step: 'waiting', by: before.by, connectUri: null, approveAt: null },
  );
  const asked = createCell<EngineTopics['signer']['state']>(null);
  let signer: Signer | null = null;
  let present = new AbortController();
  let bunkerPool: RelayPool | null = null;

  /** Whoever was there before has left, and so has who was just about to come in. */
  const openHall = (by: SignIn['by']): { hall: EntryHall; isOver: () => boolean } => {
    present.abort();
    present = new AbortController();
    const { signal } = present;
    bunkerPool ??= createRelayPool({ verifier: createInlineVerifier() });
    const tellWaiting = (connectUri: string | null, approveAt: string | null) => {
      if (!signal.aborted && state.value.step === 'waiting')
        state.set({ step: 'waiting', by, connectUri, approveAt });
    };
    let offered: string | null = null;
    const hall: EntryHall = {
      line,
      relayUrls: parts.relayUrls(),
      onOffer: (uri) => tellWaiting((offered = uri), null),
      bunker: {
        relays: bunkerPool,
        now: unixNow,
        signal,
        onWait(wait) {
          tellWaiting(offered, wait?.approveAt ?? null);
          if (present.signal === signal)
            asked.set(
              wait !== null && state.value.step === 'signed-in' ? { approveAt: wait.approveAt } : null,
            );
        },
      },
    };
    state.set({ step: 'waiting', by, connectUri: null, approveAt: null });
    return { hall, isOver: () => signal.aborted };
  };

  const welcome = async (by: SignIn['by'], entered: Entered): Promise<Session> => {
    const session = { pubkey: entered.pubkey, by, name: null, canSign: entered.signer !== null };
    signer = entered.signer;
    state.set({ step: 'signed-in', session });
    await onChange();
    return session;
  };

  return {
    state,
    asked,
    get signer() {
      return signer;
    },
    async restore() {
      const kept = await vault.read<Kept>(KEPT);
      if (kept === null) return;
      const { hall, isOver } = openHall(kept.by);
      const { reenter } = await loadWaysIn();
      const entered = await reenter({ ...kept, secret: await vault.readSecret(SECRET) }, hall);
      if (isOver()) return;
      if (entered?.ok === true) {
        await welcome(kept.by, entered.value);
        return;
      }
      state.set({ step: 'stuck', why: reasonOf(entered?.failure.code), pubkey: kept.pubkey });
      await onChange();
    },
    async signIn(how) {
      const { hall, isOver } = openHall(how.by);
      const { enter } = await loadWaysIn();
      const entered = await enter(how, hall);
      if (isOver()) return failure('superseded', 'Signing in was begun anew.');
      if (!entered.ok) {
        state.set({ step: 'signed-out' });
        signer = null;
        await onChange();
        return entered;
      }
      const { pubkey, secret } = entered.value;
      if (secret === null) await vault.remove(SECRET);
      else await vault.writeSecret(SECRET, secret);
      await vault.write(KEPT, { by: how.by, pubkey } satisfies Kept);
      return success(await welcome(how.by, entered.value));
    },
    async signOut() {
      present.abort();
      await vault.remove(KEPT);
      await vault.remove(SECRET);
      signer = null;
      state.set({ step: 'signed-out' });
      await onChange();
      return success(undefined);
    },
    async exportKey(password) {
      const kept = await vault.read<Kept>(KEPT);
      const { backUp } = await loadWaysIn();
      const text = kept === null ? null : backUp(kept.by, await vault.readSecret(SECRET), password);
      return text === null
        ? failure('no-own-key', 'The key is not in this browser: whoever holds it keeps its backup.')
        : success(text);
    },
    named(pubkey, name) {
      const now = state.value;
      if (now.step !== 'signed-in' || now.session.pubkey !== pubkey) return;
      state.set({ step: 'signed-in', session: { ...now.session, name } });
    },
  };
}

function reasonOf(code: string | undefined): 'locked' | 'unreachable' | 'denied' {
  if (code === undefined) return 'locked';
  return code === 'signer-denied' ? 'denied' : 'unreachable';
}
