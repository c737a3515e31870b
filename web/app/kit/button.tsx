import type { ComponentProps } from 'react';
import css from './button.module.css';

/** A button of the shell, which does without the component kit. */
export function ShellButton(props: Omit<ComponentProps<'button'>, 'className' | 'type'>) {
  return <button {...props} type="button" className={css['button']} />;
}

/** A small thing to do within words or a list, which looks like a link and goes nowhere. */
export function WordButton(props: Omit<ComponentProps<'button'>, 'className' | 'type'>) {
  return <button {...props} type="button" className={css['word']} />;
}
