/** The strings of this room in German. */
export const strings = {
  announced: 'angekündigt',
  heartbeat: 'läuft',
  replies: 'antwortet',
  delivers: 'liefert',
  'paid-and-delivered': 'bezahlt und geliefert',
  'new-record': 'Neu, 0 bezahlte Aufträge',
  'paid-jobs_one': '{{count}} bezahlter Auftrag',
  'paid-jobs_other': '{{count}} bezahlte Aufträge',
  rated: '{{stars}} ★ von {{count}}, die bezahlt haben',
  'paid-undelivered': '{{count}} von deinen bezahlt, nichts Gutes gekommen',
  complaints: 'Beschwerden von Zahlenden: {{count}}',
  'time-unknown': 'Dauer unbekannt',
  'price-from': 'ab {{price}}',
};
