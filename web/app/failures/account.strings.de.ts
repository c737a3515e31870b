/** The strings of this room in German. */
export const strings = {
  'key-password-missing': 'Dieser Schlüssel ist verschlüsselt (ncryptsec): Gib sein Passwort an.',
  'key-password-wrong': 'Das Passwort öffnet diesen Schlüssel nicht: Prüfe es und versuch es noch einmal.',
  'malformed-secret-key':
    'Ein geheimer Schlüssel sieht aus wie nsec1…, ncryptsec1… oder 64 Hexzeichen; dieser Text ist nichts davon.',
  'malformed-pubkey': 'Ein öffentlicher Schlüssel sieht aus wie npub1…, nprofile1… oder 64 Hexzeichen.',
  'malformed-bunker-uri':
    'Ein Bunker sieht aus wie bunker://<öffentlicher Schlüssel>?relay=wss://…: Kopiere alles aus deinem Signierer.',
  'key-not-made': 'Der Schlüssel konnte nicht erzeugt werden: Öffne die Seite noch einmal.',
  'no-own-key': 'Der Schlüssel ist nicht in diesem Browser: Wer ihn hat, bewahrt auch die Sicherung auf.',
  'no-signer': 'Melde dich zuerst mit einem Schlüssel an, der unterschreiben kann.',
  'no-extension': 'Dieser Browser hat keine solche Erweiterung, oder sie ist auf dieser Seite nicht erlaubt.',
  superseded: 'Die Anmeldung wurde neu begonnen.',
  'signer-busy': 'Auf deinen Signierer wartet schon zu viel: Antworte zuerst dort.',
  'signer-denied': 'Dein Signierer hat abgelehnt.',
  'signer-false':
    'Dein Signierer hat falsch geantwortet oder hat jetzt einen anderen Schlüssel: Melde dich neu an.',
  'signer-lacks-method': 'Dein Signierer kann das nicht: Nimm einen anderen.',
  'signer-unreachable': 'Dein Signierer hat nicht geantwortet: Sieh nach, ob er läuft und online ist.',
  'invalid-relays': 'Nenn 1 bis {{max}} Relays, jedes als wss://….',
  'engine-broken':
    'Auf dieser Seite ist etwas kaputtgegangen. Öffne sie noch einmal; nichts wird doppelt bezahlt.',
  'books-in-use':
    'Unter diesem Schlüssel wurde in diesem Browser schon etwas gekauft, verkauft oder aufbewahrt: Eine Kopie wird nur in einen eingelesen, der noch nichts hat.',
  'files-too-large': 'Die Dateien deiner Entwürfe sind zu groß für eine Kopie: Liefere zuerst einige.',
  'other-owner': 'Diese Kopie gehört zu einem anderen Schlüssel: Melde dich zuerst mit ihm an.',
  'password-needed':
    'Die Kopie enthält den Schlüssel, unter dem du arbeitest, oder dein Ecash: Sie braucht ein Passwort mit mindestens {{least}} Zeichen.',
  'unreadable-books': 'Das sind keine gespeicherten Bücher dieser Version, oder sie sind beschädigt.',
  'worked-elsewhere':
    'Diese Aufträge wurden in einen anderen Browser mitgenommen, der jetzt daran arbeitet. Zwei zugleich würden doppelt antworten und liefern.',
  'list-unread':
    'Nicht jedes Relay hat die Liste gezeigt, und dort kann sie neuer sein: Versuch es später noch einmal.',
  'malformed-lists': 'Die Liste auf den Relays ist beschädigt und wird nicht geändert.',
  'nobody-named': 'Nenn jemanden, und nicht zu viele auf einmal.',
  'not-a-service': 'Das ist nicht die Adresse eines Dienstes.',
  'not-published': 'Kein Relay hat es angenommen: Versuch es später noch einmal.',
  'too-many': 'Die Liste ist voll: Entferne zuerst etwas.',
  'blob-mismatch': 'Der Server hat eine andere Datei als die gemeinte.',
  'blob-missing': 'Der Server hat die Datei nicht mehr.',
  'blob-refused': 'Der Server hat die Datei mit Status {{status}} abgelehnt.',
  'blob-too-large': 'Der Server nimmt oder sendet keine Datei dieser Größe.',
  'blob-unreachable': 'Der Server für Dateien ist nicht erreichbar: Versuch es später noch einmal.',
  'no-blob-server': 'Kein Server für Dateien ist bekannt.',
  'no-such-file': 'Zu dem Auftrag gehört keine solche Datei.',
  'bought-elsewhere':
    'Diese Käufe wurden in einen anderen Browser mitgenommen, der jetzt mit ihnen weitermacht. Zwei zugleich könnten doppelt bezahlen.',
  'disk-full':
    'Dieser Browser gibt keinen Platz mehr her, und nichts wurde geschrieben: Schaffe Platz auf der Platte.',
  'store-broken':
    'Dieser Browser konnte nicht schreiben; nichts wurde geschrieben. Öffne die Seite noch einmal.',
  'store-closed': 'Die Bücher wurden gerade geschlossen: Versuch es noch einmal.',
  'store-overloaded': 'Es wartet zu viel darauf, geschrieben zu werden: Versuch es gleich noch einmal.',
  'store-taken-over': 'Ein anderer Tab führt jetzt die Bücher dieses Browsers; nichts wurde geschrieben.',
  'store-busy': 'Die Bücher werden gerade benutzt: Versuch es noch einmal.',
  'not-a-database': 'Die Bücher in diesem Browser sind beschädigt: Lies eine Kopie ein.',
  'database-too-new': 'Eine neuere Fassung dieser Seite hat die Bücher geschrieben: Öffne diese.',
};
