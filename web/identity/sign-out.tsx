import { Button } from '@mantine/core';
import { Dialog, DialogAnswers, Fault, useCall, useTopic } from '../app/index.ts';
import { hasEnded } from '../run/index.ts';
import { useIdentityText } from './strings.en.ts';

/** As many purchases as are looked through for open ones. */
const LOOKED_THROUGH = 500;

/** Asks before signing out, and says what it leaves undone. */
export function SignOut({
  isKeptHere,
  onClose,
}: {
  readonly isKeptHere: boolean;
  readonly onClose: () => void;
}) {
  const text = useIdentityText();
  const runs = useTopic('runs', { limit: LOOKED_THROUGH });
  const signOut = useCall('session.sign-out');
  const open = (runs ?? []).filter(({ state }) => !hasEnded(state)).length;
  const leave = async () => {
    const left = await signOut.ask(null);
    if (left?.ok === true) onClose();
  };
  return (
    <Dialog title={text('sign-out-ask')} onClose={onClose}>
      {open > 0 && <p>{text('sign-out-open', { count: open })}</p>}
      <p>{text(isKeptHere ? 'sign-out-own-key' : 'sign-out-plain')}</p>
      {signOut.failure !== null && <Fault failure={signOut.failure} />}
      <DialogAnswers>
        <Button variant="default" onClick={onClose}>
          {text('sign-out-stay')}
        </Button>
        <Button color="red" loading={signOut.askedAt !== null} onClick={() => void leave()}>
          {text('sign-out')}
        </Button>
      </DialogAnswers>
    </Dialog>
  );
}
