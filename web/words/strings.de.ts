/** The strings of this room in German. */
export const strings = {
  title: 'Private Worte zu diesem Auftrag',
  about: 'Nur wer schreibt und wem geschrieben wird, kann sie lesen.',
  none: 'Noch wurde nichts geschrieben.',
  mine: 'Du',
  write: 'Schreiben',
  send: 'Senden',
  to: 'An wen',
  'to-whom': 'an {{npub}}',
};
