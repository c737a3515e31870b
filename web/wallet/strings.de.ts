/** The strings of this room in German. */
export const strings = {
  title: 'Wallet',
  lead: 'Zahlungen verlassen deine eigene Wallet; hier liegt kein Geld. Wähle, welche Wallet und wie viel sie verlassen darf.',
  'sign-in-first': 'Melde dich zuerst an',
  'sign-in-first-about': 'Käufe werden unter deinem Schlüssel gebucht, ebenso die Wallet, die sie bezahlt.',
  'to-sign-in': 'Anmelden',
  'read-only': 'Dieser Schlüssel kann nur zusehen',
  'read-only-about':
    'Du bist nur lesend angemeldet, also gibt es nichts zu bezahlen. Melde dich mit einem Schlüssel an, der unterschreibt.',
  ways: 'Wege zu bezahlen',
  'way-play': 'Wallet dieses Marktes',
  'way-play-about':
    'Schon gefüllt, um alles auszuprobieren. Echte Lightning-Zahlungen mit Münzen, die draußen nichts wert sind.',
  'way-play-go': 'Spielgeld-Wallet nehmen',
  'way-nwc': 'Wallet-Verbindung (NWC)',
  'way-nwc-about':
    'Zahlt von selbst innerhalb deines Budgets, aus Alby Hub, Zeus, coinos und anderen (NIP-47).',
  'nwc-text': 'Verbindungstext',
  'nwc-hint':
    'Lege ihn in deiner Wallet für diese App an, mit eigenem Budget. Er beginnt mit nostr+walletconnect:// und ist geheim.',
  'nwc-bad': 'Eine Verbindung beginnt mit nostr+walletconnect://.',
  'nwc-go': 'Verbinden',
  'way-webln': 'Browser-Wallet (WebLN)',
  'way-webln-about': 'Eine Erweiterung zahlt; vielleicht fragt sie jedes Mal.',
  'webln-absent':
    'Keine Browser-Wallet hat sich dieser Seite gezeigt. Wenn du eine hast, schalte sie hier ein und lade neu.',
  'webln-go': 'Die Browser-Wallet benutzen',
  'way-qr': 'Telefon',
  'way-qr-about':
    'Jede Rechnung erscheint als QR-Code, und du zahlst sie mit einer Wallet deiner Wahl. Du wirst bei jeder Zahlung gefragt.',
  'qr-go': 'Mit dem Telefon zahlen',
  connecting: 'Die Wallet wird gefragt, was sie kann',
  connected: 'Verbundene Wallet',
  'by-nwc': 'Wallet-Verbindung (NWC)',
  'by-webln': 'Browser-Wallet (WebLN)',
  'by-play-money': 'Wallet dieses Marktes',
  'by-qr': 'Telefon',
  'balance-title': 'Guthaben',
  'balance-unknown': 'Die Wallet sagt es nicht',
  'balance-phone': 'Auf deinem Telefon',
  unreachable: 'Die Wallet antwortet nicht',
  'unreachable-about':
    'Bis sie es tut, wird nichts bezahlt, und keine Zahlung wird blind wiederholt. Sieh nach, ob sie läuft und online ist.',
  'network-bitcoin': 'echtes Geld',
  'network-testnet': 'Testnetz',
  'network-signet': 'Testnetz',
  'network-regtest': 'privates Testnetz',
  disconnect: 'Trennen',
  'disconnect-ask': 'Diese Wallet trennen?',
  'disconnect-about':
    'Offene Käufe können dann nicht mehr aus ihr bezahlt werden. Lösche sicherheitshalber auch die Verbindung in deiner Wallet.',
  'disconnect-stay': 'Behalten',
  'budget-title': 'Budget',
  'budget-none': 'Du wirst vor jeder Zahlung gefragt.',
  'budget-about':
    'So viel dürfen Aufträge von jetzt an höchstens kosten, Gebühren eingeschlossen, bis du es neu setzt. Was du in Ecash steckst, zählt, wenn es diese Wallet verlässt, und nicht noch einmal, wenn du damit bezahlst.',
  'budget-amount': 'Budget (Sat)',
  'budget-bad': 'Eine ganze Zahl von Sats, 1 oder mehr',
  'budget-set': 'Budget setzen',
  'budget-off': 'Jedes Mal fragen',
  'budget-spent': '{{spent}} von {{budget}} ausgegeben',
  'budget-used-up': 'Das Budget ist aufgebraucht: Bis du es neu setzt, wird nichts mehr bezahlt.',
  'budget-phone': 'Ein Telefon fragt dich bei jeder Zahlung, also gibt es kein Budget zu setzen.',
  'play-notice':
    'Hier wird alles mit Spielgeld bezahlt: echtes Lightning, privates Netz, außerhalb dieses Marktes nichts wert.',
};
