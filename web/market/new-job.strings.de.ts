/** What is said of asking several providers, of private files, and of asking anew, in German. */
export const strings = {
  'again-loading': 'Holt, was du gefragt hast',
  'ask-this-too': 'Auch diesen fragen',
  'leave-this-out': 'Nicht fragen',
  'asks-some_one': 'Nur {{count}} wird gefragt.',
  'asks-some_other': 'Nur diese {{count}} werden gefragt.',
  'asks-most': 'Mehr als {{count}} können nicht zusammen gefragt werden.',
  'encrypted-several':
    'Jeder der {{count}} bekommt eine Anfrage, die nur er lesen kann. Die Angebote stehen hier nebeneinander: Du bezahlst eines, die anderen Anfragen werden zurückgezogen.',
  'several-ask': 'Unter mehreren verschlüsselten Anfragen wählst du selbst.',
  'sign-looking': 'Sein Schild wird gesucht…',
  'sign-none': 'Für diese Art von Arbeit zeigt er kein Schild. Vielleicht antwortet er trotzdem.',
  'cap-hint': 'Ein Angebot über dieser Grenze kann nicht angenommen werden.',
  'cap-chosen': 'Von den Gewählten kündigt jemand {{price}} an, mehr als diese Grenze.',
  'cap-all': 'Niemand kündigt hier weniger als {{price}} an, mehr als diese Grenze.',
  'raise-cap': '{{price}} erlauben',
  'pick-asks-budget': 'Deine Wallet hat kein Budget: Du wirst trotzdem gefragt, bevor sie zahlt.',
  'pick-asks-phone': 'Dein Handy bezahlt jede Rechnung einzeln: Du wirst vorher trotzdem gefragt.',
  'pick-asks-ecash':
    'Kein Budget begrenzt, was mit Ecash allein bezahlt wird: Du wirst vorher trotzdem gefragt.',
  'pick-asks-in-time': 'Ein Angebot, das du nicht vor der Frist annimmst, wird nicht bezahlt.',
  'set-budget': 'Budget festlegen',
  'opens-files': 'öffnet verschlüsselte Dateien',
  'opens-no-files': 'öffnet keine verschlüsselten Dateien',
  'files-unsupported': 'Nicht alle, die du gewählt hast, öffnen verschlüsselte Dateien',
  'files-unsupported-about':
    'Wer es nicht ankündigt, bekäme Bytes, die dort niemand lesen kann. Wähle andere, oder gib Text statt einer Datei.',
};
