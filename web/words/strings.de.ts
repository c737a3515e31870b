/** The strings of this room in German. */
export const strings = {
  title: 'Zwischen dir und der anderen Seite',
  about: 'Privat: Nur ihr beide könnt es lesen.',
  none: 'Noch wurde nichts geschrieben.',
  mine: 'Du',
  theirs: 'Die andere Seite',
  write: 'Schreiben',
  send: 'Senden',
};
