/** The strings of this room in German. */
export const strings = {
  title: 'Dieser Browser kann löschen, was er behält, wenn ihm der Platz ausgeht',
  'about-work': 'Bitte ihn, deine Bücher zu behalten. Aufträge und Zahlungen stehen hier und nirgends sonst.',
  'about-purchases':
    'Bitte ihn, deine Bücher zu behalten. Ohne sie kann hier niemand einen offenen Kauf verfolgen.',
  'about-ecash': 'Bitte ihn, dein Ecash zu behalten: Es ist hier und nirgends sonst.',
  'about-key':
    'Bitte ihn, deinen Schlüssel zu behalten. Geht er verloren, bringen ihn nur deine Sicherung und ihr Passwort zurück.',
  ask: 'Den Browser bitten',
  refused: 'Der Browser hat nicht zugestimmt. Bewahre eine Kopie deiner Bücher außerhalb von ihm auf.',
  'to-copy': 'Eine Kopie machen',
};
