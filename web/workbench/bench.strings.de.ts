/** What the workbench says of itself, in German. */
export const strings = {
  closed: 'Die Werkbank ist nicht offen',
  'closed-about':
    'Nichts Neues erreicht dich, und nichts, was du hier tust, wird gesendet. Unten steht, was deine Bücher zuletzt wussten. Fristen laufen weiter. Es wird von selbst wieder versucht.',
  'closed-retry': 'Jetzt versuchen',
  'hours-closed': 'nicht, solange die Werkbank geschlossen ist',
  'hours-closed-about': 'Anfragen, die die Relays behalten, kommen an, sobald sie offen ist.',
  'inbox-closed': 'Was jetzt gefragt wird, ist hier erst bekannt, wenn die Werkbank offen ist.',
  mishap: 'Auf der Werkbank ging etwas schief',
  'pays-only': 'Auf diese Wallet kann dich niemand bezahlen',
  'pays-only-about':
    'Sie zahlt für dich. Aber eine Wallet im Browser (WebLN) oder auf dem Telefon kann später nicht gefragt werden, ob du bezahlt wurdest; so könntest du nur umsonst arbeiten. Verbinde eine über NWC, oder vertraue einer Ecash-Prägestelle.',
  owed: 'Du schuldest Kunden',
  'owed-about':
    'Es wurde an dich bezahlt und soll zurückgehen. Für die meisten Kunden braucht es dazu eine über NWC verbundene Wallet, und hier ist keine.',
  'to-wallet': 'Zu deiner Wallet',
  'row-complaint': 'Beschwerde',
  'row-trouble': 'etwas ging schief',
  'row-refund-due': 'zurückzuzahlen',
  'row-refunding': 'wird zurückgezahlt',
  'row-unclaimed': 'geschuldet, nicht abgeholt',
  'row-unreconciled': 'Geld ungeklärt',
};
