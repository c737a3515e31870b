/** The strings of this room in German. */
export const strings = {
  5001:
    'Der erste Verkaufsautomat, von dem wir wissen, stand im ersten Jahrhundert in einem Tempel in Alexandria. ' +
    'Eine Münze fiel auf eine Schale am Ende eines Hebels; der Hebel öffnete ein Ventil, Weihwasser lief heraus, ' +
    'bis die Münze hinunterglitt und das Ventil sich schloss. Heron beschreibt ihn in seinem Buch über die Pneumatik. ' +
    'Es dauerte achtzehnhundert Jahre, bis Automaten auf Londoner Bahnsteigen Postkarten verkauften.',
  5002: 'Guten Morgen. Wo ist der Bahnhof, und wann fährt der nächste Zug?',
  5050: 'Schreib zwei Zeilen über einen Verkaufsautomaten, der stolz auf seine Arbeit ist.',
  5100: 'Ein kleiner roter Fuchs im Schnee, im Stil eines Holzschnitts',
  5250: 'Geld hinein, Daten heraus.',
  5251: 'Eine ruhige Melodie für einen verregneten Abend',
  5302: 'Verkaufsautomaten',
  5303: 'coinop',
};
