import { Link } from '@tanstack/react-router';
import { Empty, useTopic } from '../app/index.ts';
import type { WorkbenchState } from '../engine/index.ts';
import { useWorkText } from './strings.en.ts';

/**
 * Who is signed in with a key that can sign here, to which belongs what is sold: its public key, `null` for nobody, and
 * `undefined` while that is not known, as when a session comes back.
 */
export function useSigner(): string | null | undefined {
  const session = useTopic('session', null);
  if (session === undefined || session.step === 'waiting') return undefined;
  return session.step === 'signed-in' && session.session.canSign ? session.session.pubkey : null;
}

/** The workbench of that key; `undefined` until it is open, also while that of somebody else was told. */
export function useBench(signer: string | null | undefined): WorkbenchState | undefined {
  const bench = useTopic('workbench', null);
  return bench?.ownerPubkey === signer ? bench : undefined;
}

/** What stands in the place of a page that takes a key that signs, for whoever has none. */
export function SignInFirst() {
  const text = useWorkText();
  return (
    <Empty title={text('sign-in-first')} actions={<Link to="/you">{text('sign-in')}</Link>}>
      {text('sign-in-first-about')}
    </Empty>
  );
}
