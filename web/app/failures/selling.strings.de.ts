/** The strings of this room in German. */
export const strings = {
  'already-answered': 'Die Anfrage wurde beantwortet, zurückgezogen oder ist abgelaufen.',
  'announcement-changed':
    'Die Relays haben unter dieser Kennung eine andere Ankündigung als die gezeigte: Sieh sie dir an und versuch es noch einmal.',
  'announcement-unread':
    'Nicht jedes Relay hat gezeigt, was dieser Schlüssel ankündigt, und dort kann es neuer sein: Versuch es später noch einmal.',
  'announcement-refused': 'Kein Relay hat die Ankündigung angenommen: Prüfe deine Relays.',
  'being-delivered': 'Das Ergebnis ist unterwegs; versuch es wieder, wenn der Auftrag fertig ist.',
  'being-refunded': 'Die Rückzahlung läuft; eine andere Rechnung wird nur angenommen, wenn sie scheitert.',
  'being-settled': 'Das Geld wird gerade eingezogen; versuch es wieder, wenn der Auftrag fertig ist.',
  complaint: 'Ein Kunde beschwert sich über einen Auftrag.',
  'condition-unchecked':
    'Eine deiner Bedingungen ließ sich nicht prüfen, darum blieb eine Anfrage unbeantwortet.',
  disputed: 'Der Kunde hat sich darüber beschwert.',
  'draft-changed':
    'Der Entwurf wurde in einem anderen Tab geändert oder wird geliefert: Sieh erst an, was dort steht.',
  'duplicate-service': 'Zwei deiner Dienste haben dieselbe Id.',
  'expires-too-late': 'Eine Rechnung für eine Rückzahlung muss innerhalb einer Woche ablaufen.',
  flooded: 'Es kommen mehr Anfragen oder Nachrichten, als angesehen werden können; einige bleiben liegen.',
  'gave-up': 'Du hast den Auftrag aufgegeben.',
  'invalid-amount': 'So viel kann von diesem Auftrag nicht zurückgehen.',
  'invalid-service': 'Etwas, das du ankündigst, ist nicht vollständig: Geh es noch einmal durch.',
  'invalid-skills': 'Was du ankündigst, ist nicht vollständig: Geh es noch einmal durch.',
  'invalid-terms': 'Das Angebot ist nicht vollständig: Sieh dir Preis, Zeiten und Schritte an.',
  'invoice-used': 'Diese Rechnung wurde hier schon gemacht oder bezahlt: Bitte um eine neue.',
  'kept-moving': 'Der Auftrag hat sich inzwischen immer wieder geändert: Versuch es noch einmal.',
  'lease-lost': 'An diesem Auftrag arbeitet jetzt etwas anderes.',
  'listener-failed':
    'Auf dieser Seite ist etwas kaputtgegangen, während sie von einem Auftrag berichtete. Öffne sie noch einmal.',
  'message-lost': 'Eine Nachricht eines Kunden konnte nicht gelesen oder beantwortet werden.',
  'money-gone': 'Die Zahlung ist nicht mehr hier: Der Kunde muss neu kaufen.',
  'moved-meanwhile': 'Der Auftrag hat sich inzwischen immer wieder geändert: Versuch es noch einmal.',
  'never-accepted': 'Der Auftrag wurde nie angenommen: Sein Kunde muss neu anfragen.',
  'no-services': 'Du kündigst noch nichts an.',
  'no-such-sale': 'Mit dieser Anfrage wurde hier nichts gefragt.',
  'not-by-hand': 'Dieser Dienst beantwortet Anfragen von selbst.',
  'not-failed': 'Nur ein gescheiterter oder abgelaufener Auftrag kann noch einmal versucht werden.',
  'not-in-hand': 'Der Auftrag ist nicht bezahlt, oder nicht mehr deiner.',
  'not-sellable':
    'Die Anfrage kann so nicht beantwortet werden: Sie nimmt diese Art der Bezahlung nicht, oder es fehlt ihr etwas.',
  'not-taken': 'Niemand hat die Anfrage rechtzeitig beantwortet.',
  'not-the-customer': 'Nur wer die Anfrage stellte, kann das Geld zurückfordern.',
  'nothing-due': 'Für diese Anfrage wird kein Geld geschuldet.',
  'offer-lapsed': 'Niemand hat bezahlt, solange das Angebot galt.',
  'owed-already': 'Das Geld geht schon von selbst zurück.',
  'passed-over': 'Du hast es vorbeigehen lassen.',
  'provider-broke': 'Beim Weiterführen des Auftrags ist etwas kaputtgegangen. Öffne die Seite noch einmal.',
  'refund-forgotten': 'Die Wallet kennt die Rückzahlung nicht mehr: Sieh dort nach, ob sie bezahlt wurde.',
  'refund-under-way': 'Die Rückzahlung läuft.',
  'refund-without-receipt': 'Die Rückzahlung wurde bezahlt, und die Wallet zeigt keinen Beleg.',
  'refunded-already': 'Es wurde zurückgezahlt.',
  'statement-unsigned':
    'Dein eigener Schlüssel hat nicht unterschrieben, was er über deine Dienste sagt: Stimme im Signierer zu und speichere noch einmal, oder lass deinen Namen weg.',
  'statement-untaken':
    'Kein Relay hat angenommen, was dein eigener Schlüssel über die Dienste sagt: Sieh zu, dass ein Relay antwortet, und speichere noch einmal.',
  'subscription-closed': 'Ein Relay weigert sich, Anfragen zu senden: Prüfe deine Relays.',
  'workbench-closed': 'Kündige zuerst etwas an: Dann können Anfragen gehört und beantwortet werden.',
};
