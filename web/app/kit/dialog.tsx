import { useEffect, useId, useRef, type ReactNode } from 'react';
import css from './dialog.module.css';

/** A question that must be answered before anything else; Escape is "no". The browser keeps the focus in it. */
export function Dialog({
  title,
  onClose,
  children,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const shown = dialog.current;
    if (shown !== null && !shown.open) shown.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={css['dialog']}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={titleId}>{title}</h2>
      {children}
    </dialog>
  );
}

/** The answers to a dialog, the one that does it last. */
export function DialogAnswers({ children }: { readonly children: ReactNode }) {
  return <div className={css['answers']}>{children}</div>;
}
