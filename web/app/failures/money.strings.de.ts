/** The strings of this room in German. */
export const strings = {
  'already-paid': 'Diese Rechnung wurde schon bezahlt oder wird gerade bezahlt: Bitte um eine neue.',
  'already-taken': 'Dafür wird schon ein anderes Angebot bezahlt. Ein zweites Mal wird nicht bezahlt.',
  'same-provider':
    'Von diesem Anbieter hast du für dieselbe Arbeit schon ein Angebot angenommen: Nimm eines von jemand anderem.',
  amountless: 'Die Rechnung lässt den Betrag offen: Bitte um eine über den vereinbarten Betrag.',
  'bad-invoice-signature': 'Die Rechnung ist nicht vom Empfänger unterschrieben: Bitte um eine neue.',
  'fee-above-limit': 'Die Wallet hat für den Weg mehr bezahlt als vorgesehen.',
  'hash-reused': 'Diese Rechnung wurde schon einmal benutzt: Bitte um eine neue.',
  'insufficient-balance': 'Die Wallet hat für diese Zahlung und ihre Gebühr zu wenig.',
  'invalid-invoice': 'Die Rechnung ist kaputt, abgelaufen oder für ein anderes Netz: Bitte um eine neue.',
  'invoice-expired': 'Die Rechnung läuft zu bald ab, um bezahlt zu werden: Bitte um eine neue.',
  'invoice-too-long': 'Das ist zu lang für eine Rechnung: Bitte um eine neue.',
  'malformed-invoice': 'Das ist keine lesbare Rechnung: Bitte um eine neue.',
  'malformed-invoice-amount': 'Die Rechnung nennt ihren Betrag auf keine bekannte Art: Bitte um eine neue.',
  'unknown-invoice-feature':
    'Die Rechnung verlangt etwas, das Wallets hier nicht kennen: Bitte um eine andere.',
  'unknown-invoice-network': 'Die Rechnung gehört zu keinem Bitcoin-Netz, das hier bekannt ist.',
  'invalid-nwc-uri':
    'Das ist keine brauchbare Wallet-Verbindung: Kopiere sie noch einmal ganz aus der Wallet.',
  'no-invoice': 'Die Wallet hat für das Angebot keine Rechnung gemacht: Versuch es noch einmal.',
  'no-play-wallet': 'Spielgeld kommt von einem lokalen Markt, und diese Seite hat gerade keinen.',
  'no-wallet': 'Verbinde zuerst eine Wallet.',
  'no-webln-provider':
    'Dieser Browser hat keine WebLN-Wallet: Installiere eine, oder verbinde eine andere Wallet.',
  'not-implemented': 'Diese Wallet kann das nicht: Nimm dafür eine andere.',
  'work-paid':
    'Arbeit, die auf diese Wallet bezahlt wurde, ist in Arbeit: Misslingt sie, geht das Geld von ihr zurück. Liefere sie, gib sie auf, oder verbinde an ihrer Stelle eine andere über NWC.',
  'offers-open':
    'Kunden können deine Angebote noch in diese Wallet bezahlen ({{count}}), das letzte bis {{until}}: Warte bis dahin, und mach keine weiteren Angebote.',
  'payment-failed': 'Die Zahlung ist gescheitert, und nichts wurde ausgegeben.',
  'payment-open':
    'Eine Zahlung ist unterwegs, und nur die Wallet, die sie sendet oder empfängt, kennt ihren Ausgang: Warte, bis sie erledigt ist.',
  'payment-unknown':
    'Ob das bezahlt wurde, ist noch nicht bekannt. Es wird weiter nachgesehen, und nichts wird doppelt bezahlt.',
  'unproven-payment':
    'Die Prägestelle sagt, sie habe bezahlt oder nicht bezahlt, und beweist es nicht: Frag dort nach.',
  'wallet-cannot-hold':
    'Deine Wallet kann Geld nicht bis zur Lieferung zurückhalten; diese Art der Bezahlung braucht das.',
  'wallet-internal':
    'Die Wallet hat etwas geantwortet, das keinen Sinn ergibt: Versuch es noch einmal, oder nimm eine andere.',
  'wallet-needed': 'Was du verkaufst, hat einen Preis, und es gibt keine Wallet dafür: Verbinde eine.',
  'wallet-refused':
    'Die Wallet hat nicht bezahlt; nichts wurde ausgegeben. Behebe, was sie stört, und nimm das Angebot dann noch einmal an.',
  'wallet-timeout':
    'Die Wallet hat nicht rechtzeitig geantwortet: Sieh dort nach, ob etwas bezahlt wurde. Nichts wird doppelt bezahlt.',
  'wallet-unauthorized': 'Die Wallet lässt diese Seite nicht herein: Erlaube es dort, oder verbinde sie neu.',
  'wallet-unreachable': 'Keine Wallet ist erreichbar: Verbinde eine, oder versuch es später noch einmal.',
  'wrong-amount': 'Die Rechnung verlangt einen anderen Betrag als vereinbart: Bezahle sie nicht.',
  'wrong-description': 'Die Rechnung ist für etwas anderes als vereinbart: Bezahle sie nicht.',
  'wrong-hash': 'Die Rechnung ist eine andere als vereinbart: Bezahle sie nicht.',
  'wrong-network': 'Die Wallet ist in einem anderen Bitcoin-Netz, oder sagt nicht, in welchem.',
  'already-spent': 'Das Ecash wurde schon ausgegeben: Es ist nichts wert.',
  'fee-too-high': 'Die Gebühr wäre höher, als du erlaubst.',
  'impossible-amount': 'Ecash wird in ganzen Sats bewegt, von einem Sat bis zehn Bitcoin.',
  'inactive-keyset': 'Das Ecash gehört zu ausgemusterten Schlüsseln: Bitte um frisches.',
  'insufficient-ecash': 'Bei dieser Prägestelle ist für den Betrag und seine Gebühren zu wenig Ecash.',
  'invalid-dleq': 'Das Ecash beweist nicht, dass seine Prägestelle es unterschrieben hat: Nimm es nicht an.',
  'invalid-mint': 'Die Adresse einer Prägestelle beginnt mit https:// und hat kein Fragezeichen.',
  'malformed-token': 'Das ist kein Cashu-Token einer Prägestelle.',
  'mint-in-use':
    'Bei der Prägestelle liegt noch etwas von dir, oder ein Auftrag wird von dort bezahlt: Nimm es heraus, oder warte, bis das erledigt ist.',
  'mint-invalid': 'Die Prägestelle hält sich nicht an das Protokoll. Nutze sie nicht weiter.',
  'mint-pending':
    'Die Prägestelle ist damit noch nicht fertig: Es geht von selbst weiter, sieh später wieder nach.',
  'mint-refused': 'Die Prägestelle hat abgelehnt.',
  'mint-unreachable': 'Die Prägestelle hat nicht geantwortet: Versuch es später noch einmal.',
  'mint-unsupported': 'Diese Prägestelle kann nicht, was hier gebraucht wird: Nimm eine andere.',
  'no-common-mint': 'Dort wird keine der Prägestellen angenommen, denen du vertraust.',
  'no-mint': 'Vertraue zuerst einer Prägestelle.',
  'no-nutzap-info': 'Der Anbieter sagt nicht, wie er Nutzaps annimmt.',
  'quote-expired': 'Die Rechnung oder das Angebot ist abgelaufen: Frag neu an.',
  'refund-too-early': 'Das Ecash kann erst zurückgeholt werden, wenn seine Sperrzeit um ist.',
  'repeated-proof': 'Das Token enthält dasselbe Ecash zweimal.',
  'stale-counters':
    'Die Bücher sind älter als der letzte Gebrauch ihres Seeds: Versuch es noch einmal, es wird nachgeholt.',
  'too-little': 'Nach der Gebühr bliebe weniger übrig als nötig.',
  'too-many-mints': 'Höchstens {{max}} Prägestellen wird vertraut: Entferne zuerst eine.',
  'unknown-keyset': 'Das Ecash gehört zu Schlüsseln, die seine Prägestelle nicht für Sats nennt.',
  'unknown-send': 'Dieses Token ist hier nicht mehr bekannt.',
  'untrusted-mint': 'Dieser Prägestelle vertraust du nicht.',
  'wrong-lock': 'Das Ecash ist nicht gesperrt wie vereinbart, oder andere könnten es auch ausgeben.',
  'wrong-unit': 'Es wird nur Ecash in Sats angenommen.',
  'quota-exceeded': 'Dein Budget hat dafür keinen Platz: Erhöhe es, oder nimm weniger.',
};
