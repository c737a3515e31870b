import { useEffect, useState } from 'react';
import { Notice } from '../app/index.ts';
import { ApproveAt } from './approve-at.tsx';
import { useIdentityText } from './strings.en.ts';

/** Signers that need nobody have answered by then. */
const QUIET_MS = 1_500;

/** A signer takes so long that its owner had better look. */
export function SignerAsked({ approveAt }: { readonly approveAt: string | null }) {
  const text = useIdentityText();
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), QUIET_MS);
    return () => clearTimeout(timer);
  }, []);
  if (approveAt !== null) return <ApproveAt url={approveAt} />;
  return isLong && <Notice title={text('signer-asked')}>{text('signer-asked-about')}</Notice>;
}
