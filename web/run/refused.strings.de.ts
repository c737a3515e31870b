/** Why an offer that was taken is not paid, in German. */
export const strings = {
  'by-wallet': 'Deine Wallet hat nicht gezahlt, und nichts wurde ausgegeben.',
  'by-mint': 'Der Anbieter wurde nicht bezahlt: Dein Ecash wurde nicht hergegeben.',
  'by-budget': 'Dein Budget hat keinen Platz, um dieses Ecash zu kaufen, und nichts wurde ausgegeben.',
  'by-you': 'Du hast abgelehnt, das zu bezahlen.',
  'run-out': 'Die Rechnung ist abgelaufen, und nichts hier zeigt, dass sie bezahlt wurde.',
  'help-insufficient-balance': 'Sie hält zu wenig: Lade sie auf, oder verbinde eine andere.',
  'help-quota-exceeded': 'Diese Verbindung darf nicht mehr ausgeben: Erhöhe ihre Grenze in deiner Wallet.',
  'help-payment-failed':
    'Sie fand jetzt keinen Weg für das Geld: Warte etwas, oder verbinde eine andere Wallet.',
  'help-wallet-unauthorized': 'Sie kennt diese Verbindung nicht mehr: Verbinde sie neu.',
  'help-other': 'Sieh nach, was deine Wallet dazu sagt, oder verbinde eine andere.',
  'help-insufficient-ecash': 'Bei der Mint liegt zu wenig für den Preis und ihre Gebühren: Lade sie auf.',
  'help-fee-too-high': 'Die Mint will mehr Gebühren, als diese Zahlung kosten darf: Nutze eine andere.',
  'help-mint': 'Sieh nach, wie es deinen Mints geht, oder vertraue einer anderen.',
  'help-budget': 'Erhöhe das Budget, oder nimm ein günstigeres Angebot an.',
  'help-run-out':
    'Sieh in deiner Wallet oder auf deinem Telefon nach, bevor du wieder ein Angebot annimmst: Was gesendet wurde, gibt niemand zurück.',
  'help-you': 'Die Angebote sind wieder offen. Was ein Telefon gesendet hat, gibt niemand zurück.',
  'take-again': 'Nimm das Angebot dann noch einmal an: Bezahlt wird höchstens einmal.',
  'to-wallet': 'Deine Wallet',
  'to-ecash': 'Dein Ecash',
  'to-budget': 'Dein Budget',
};
