import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Dialog, DialogAnswers } from '../app/index.ts';
import { useIdentityText } from './strings.en.ts';
import css from './identity.module.css';

const MIN_CHARS = 10;

/** Asks for the password of a copy, as it holds the key that the person works under. */
export function BooksPassword({
  isNew = false,
  isWrong = false,
  isBusy,
  onClose,
  onPassword,
}: {
  readonly isNew?: boolean;
  readonly isWrong?: boolean;
  /** Locking and unlocking take a moment. */
  readonly isBusy: boolean;
  readonly onClose: () => void;
  readonly onPassword: (password: string) => void;
}) {
  const text = useIdentityText();
  const [password, setPassword] = useState('');
  const isShort = isNew && password.length < MIN_CHARS;
  return (
    <Dialog title={text(isNew ? 'books-password-new' : 'books-password')} onClose={onClose}>
      <form
        className={css['form']}
        onSubmit={(event) => {
          event.preventDefault();
          if (!isShort && password !== '') onPassword(password);
        }}
      >
        <p>{text(isNew ? 'books-password-new-about' : 'books-password-about')}</p>
        <TextInput
          label={text('password')}
          type="password"
          autoComplete={isNew ? 'new-password' : 'current-password'}
          value={password}
          error={
            isWrong
              ? text('books-password-wrong')
              : password !== '' && isShort
                ? text('new-password-short')
                : null
          }
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <DialogAnswers>
          <Button variant="default" onClick={onClose}>
            {text('cancel')}
          </Button>
          <Button type="submit" loading={isBusy} disabled={isShort || password === ''}>
            {text(isNew ? 'books-save' : 'books-load')}
          </Button>
        </DialogAnswers>
      </form>
    </Dialog>
  );
}
