/** What is said of asking several providers, of private files, and of asking anew, in German. */
export const strings = {
  'again-loading': 'Holt, was du gefragt hast',
  'ask-this-too': 'Auch diesen fragen',
  'leave-this-out': 'Nicht fragen',
  'asks-some_one': 'Nur {{count}} wird gefragt.',
  'asks-some_other': 'Nur diese {{count}} werden gefragt.',
  'asks-most': 'Mehr als {{count}} können nicht zusammen gefragt werden.',
  'encrypted-several':
    'Jeder der {{count}} bekommt eine Anfrage, die nur er lesen kann. Die Angebote stehen hier nebeneinander: Sie bezahlen eines, die anderen Anfragen werden zurückgezogen.',
  'several-ask': 'Unter mehreren verschlüsselten Anfragen wählen Sie selbst.',
  'pick-asks': 'Ihre Geldbörse hat kein Budget: Sie werden trotzdem gefragt, bevor sie zahlt.',
  'set-budget': 'Budget festlegen',
  'opens-files': 'öffnet verschlüsselte Dateien',
  'opens-no-files': 'öffnet keine verschlüsselten Dateien',
  'files-unsupported': 'Nicht alle, die Sie gewählt haben, öffnen verschlüsselte Dateien',
  'files-unsupported-about':
    'Wer es nicht ankündigt, bekäme Bytes, die dort niemand lesen kann. Wählen Sie andere, oder geben Sie Text statt einer Datei.',
};
