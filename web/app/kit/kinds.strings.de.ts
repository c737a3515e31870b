/** What the contracts of kinds say, in German; the English words are the keys. */
export const strings = {
  'Text extraction': 'Text herauslesen',
  'Pulls the text out of sound, pictures, films and documents.':
    'Holt den Text aus Ton, Bildern, Filmen und Dokumenten.',
  'Sound, picture, film or document with text in it.': 'Ton, Bild, Film oder Dokument mit Text darin.',
  'First and last second of sound or film to work on.':
    'Erste und letzte Sekunde von Ton oder Film, um die es geht.',
  'What gets a time of its own where the output format has times.':
    'Was eine eigene Zeit bekommt, wo das Format Zeiten hat.',
  'Speech model to use.': 'Sprachmodell für gesprochene Sprache.',
  'Language that is spoken.': 'Sprache, die gesprochen wird.',
  'For pictures: find a prompt that would make it, or analyse it.':
    'Bei Bildern: eine Vorgabe finden, die es ergäbe, oder es untersuchen.',
  'For pictures: speed against quality.': 'Bei Bildern: Tempo gegen Güte.',
  Summarization: 'Zusammenfassung',
  'Condenses one or more texts into one summary.':
    'Verdichtet einen oder mehrere Texte zu einer Zusammenfassung.',
  'What to condense. Sound and web pages have to be made text first.':
    'Was verdichtet werden soll. Ton und Webseiten müssen vorher Text werden.',
  'Size to aim at: a count and "words", "sentences" or "paragraphs".':
    'Angestrebte Länge: eine Zahl und „words“, „sentences“ oder „paragraphs“.',
  Translation: 'Übersetzung',
  'Says texts in another language.': 'Sagt Texte in einer anderen Sprache.',
  'What to translate; it has to be text already.': 'Was übersetzt werden soll; es muss schon Text sein.',
  'Language to translate into, as an ISO 639-1 or 639-2 code.':
    'Zielsprache, als Code nach ISO 639-1 oder 639-2.',
  'Text generation': 'Text schreiben lassen',
  'Lets a language model write. Providers have parameters of their own besides these.':
    'Lässt ein Sprachmodell schreiben. Anbieter haben daneben eigene Einstellungen.',
  'A prompt, or a beginning to go on from.': 'Eine Vorgabe oder ein Anfang, der weitergeht.',
  'Model, as the provider calls it.': 'Modell, wie der Anbieter es nennt.',
  'Most tokens to write.': 'Höchste Zahl von Tokens.',
  'How freely to choose: usually 0.1 to 2, and 1 is neutral.':
    'Wie frei gewählt wird: meist 0.1 bis 2, und 1 ist neutral.',
  'Choose among this many of the likeliest tokens; usually 20 to 50.':
    'Unter so vielen der wahrscheinlichsten Tokens wählen; meist 20 bis 50.',
  'Choose among the likeliest tokens that reach this share; usually 0.7 to 0.95.':
    'Unter den wahrscheinlichsten Tokens wählen, die diesen Anteil erreichen; meist 0.7 bis 0.95.',
  'Above 1 avoids repetition, below 1 invites it.': 'Über 1 vermeidet Wiederholung, unter 1 lädt dazu ein.',
  'Zap-gated key release': 'Schlüssel gegen Zap',
  'A zap above a threshold seems to release a key.':
    'Ein Zap über einer Schwelle scheint einen Schlüssel freizugeben.',
  'Whatever the job works on.': 'Woran gearbeitet wird.',
  'Image generation': 'Bild erzeugen',
  'Paints a picture from words, or changes one. The result is the address of each picture.':
    'Malt ein Bild aus Worten oder ändert eines. Das Ergebnis ist die Adresse jedes Bildes.',
  'What the picture should show.': 'Was das Bild zeigen soll.',
  'A picture to change.': 'Ein Bild, das geändert werden soll.',
  'Model to paint with.': 'Modell, das malt.',
  'Weights to add to the model.': 'Gewichte, die zum Modell kommen.',
  'Width to height.': 'Breite zu Höhe.',
  'What the picture should not show.': 'Was das Bild nicht zeigen soll.',
  'Width x height in pixels; goes before the ratio.':
    'Breite x Höhe in Bildpunkten; geht dem Verhältnis vor.',
  'Start of the random numbers, to get the same picture again.':
    'Anfang der Zufallszahlen, um dasselbe Bild wieder zu bekommen.',
  'How far to move away from the given picture.': 'Wie weit es sich vom gegebenen Bild entfernen soll.',
  'How closely to keep to the words.': 'Wie eng es sich an die Worte halten soll.',
  'How much the added weights count.': 'Wie viel die zusätzlichen Gewichte zählen.',
  'How many times larger to make the given picture; 4 when left out.':
    'Wievielmal größer das gegebene Bild werden soll; 4, wenn nichts dasteht.',
  'Image transformation': 'Bild verwandeln',
  'Changes a picture in a way that its events do not tell.':
    'Ändert ein Bild auf eine Art, die seine Ereignisse nicht nennen.',
  'Image composition': 'Bilder zusammensetzen',
  'Puts the picture of one job before that of another.':
    'Setzt das Bild eines Auftrags vor das eines anderen.',
  'IoT device command': 'Befehl an ein Gerät',
  'Calls methods of a device. The result is what the device answers.':
    'Ruft Methoden eines Geräts auf. Das Ergebnis ist, was das Gerät antwortet.',
  'JSON array of calls, each with "method" and "params".':
    'JSON-Liste von Aufrufen, jeder mit „method“ und „params“.',
  'Video conversion': 'Film umwandeln',
  'Turns a film into another format, or into sound alone. The result is its address.':
    'Macht aus einem Film ein anderes Format oder nur Ton. Das Ergebnis ist die Adresse.',
  'A media file, or a post on a social network that has one.':
    'Eine Mediendatei oder ein Beitrag in einem sozialen Netz, der eine hat.',
  'Where to begin and end.': 'Wo es beginnt und endet.',
  'Format wanted, for providers that do not look at the output tag.':
    'Gewünschtes Format, für Anbieter, die das output-Tag nicht ansehen.',
  'Video translation': 'Filmübersetzung',
  'Gives a film another language, spoken or written. The result is its address.':
    'Gibt einem Film eine andere Sprache, gesprochen oder geschrieben. Das Ergebnis ist die Adresse.',
  'The film.': 'Der Film.',
  'Language to be spoken, as an ISO 639-1 or 639-2 code.':
    'Sprache, die gesprochen werden soll, als Code nach ISO 639-1 oder 639-2.',
  'Language of subtitles in the picture, as such a code.':
    'Sprache der Untertitel im Bild, als ebensolcher Code.',
  'Format wanted; the output tag says the same.': 'Gewünschtes Format; das output-Tag sagt dasselbe.',
  'Image-to-video': 'Bild zu Film',
  'Sets a still picture in motion. The result is the address of the clip.':
    'Setzt ein stehendes Bild in Bewegung. Das Ergebnis ist die Adresse des Films.',
  'The picture.': 'Das Bild.',
  'Private job': 'Privater Auftrag',
  'Encrypted throughout; nobody else knows what it does.':
    'Durchweg verschlüsselt; sonst weiß niemand, was er tut.',
  'Video archive': 'Film archivieren',
  'Fetches a film from a web page and keeps it. The result is JSON with the event and the hashes of the files.':
    'Holt einen Film von einer Webseite und bewahrt ihn auf. Das Ergebnis ist JSON mit dem Ereignis und den Hashes der Dateien.',
  'Page with the film.': 'Seite mit dem Film.',
  'Video recovery': 'Film wiederherstellen',
  'Uploads an archived film again. The result is JSON with the event and the hashes of the files.':
    'Lädt einen archivierten Film wieder hoch. Das Ergebnis ist JSON mit dem Ereignis und den Hashes der Dateien.',
  'Event of the film, with a relay that has it.': 'Ereignis des Films, mit einem Relay, das es hat.',
  'SHA-256 of the film.': 'SHA-256 des Films.',
  'Blossom server to upload to.': 'Blossom-Server, auf den er soll.',
  'Text-to-speech': 'Vorlesen',
  'Reads a text out. The result is the address of the recording.':
    'Liest einen Text vor. Das Ergebnis ist die Adresse der Aufnahme.',
  'What to say.': 'Was gesagt werden soll.',
  'Language to speak, as an ISO 639-1 or 639-2 code.': 'Sprache, als Code nach ISO 639-1 oder 639-2.',
  'Name of the voice.': 'Name der Stimme.',
  'Music generation': 'Musik erzeugen',
  'Makes music from a description. The result is the address of each recording.':
    'Macht Musik nach einer Beschreibung. Das Ergebnis ist die Adresse jeder Aufnahme.',
  'What the music should be like.': 'Wie die Musik sein soll.',
  'Nostr content discovery': 'Nostr: Beiträge entdecken',
  'Chooses notes for somebody, as a feed. The result is a JSON array of "e" and "a" tags.':
    'Wählt Notizen für jemanden. Das Ergebnis ist eine JSON-Liste von „e“- und „a“-Tags.',
  'A hint; each provider makes of it what it likes.':
    'Ein Hinweis; jeder Anbieter macht daraus, was er will.',
  'Request whose feed to go on from, as noStrudel pages.':
    'Anfrage, an deren Liste es anschließt, wie noStrudel blättert.',
  'Public key to choose for; the customer when left out.':
    'Öffentlicher Schlüssel, für den gewählt wird; sonst der Kunde.',
  'Most results to return.': 'Höchste Zahl der Ergebnisse.',
  'Words to look for, separated by commas.': 'Gesuchte Wörter, durch Kommas getrennt.',
  'Words that a note must have, separated by commas.':
    'Wörter, die eine Notiz haben muss, durch Kommas getrennt.',
  'Words that a note must not have, separated by commas.':
    'Wörter, die eine Notiz nicht haben darf, durch Kommas getrennt.',
  'Nostr people discovery': 'Nostr: Menschen entdecken',
  'Suggests people to follow or to part from. The result is a JSON array of "p" tags.':
    'Schlägt vor, wem man folgen oder nicht mehr folgen könnte. Das Ergebnis ist eine JSON-Liste von „p“-Tags.',
  'After how many silent days somebody counts as inactive.':
    'Nach wie vielen stillen Tagen jemand als untätig gilt.',
  'What the suggestions should be about.': 'Worum es bei den Vorschlägen gehen soll.',
  'Nostr content search': 'Nostr: Beiträge suchen',
  'Searches notes. The result is a JSON array of "e" and "a" tags.':
    'Durchsucht Notizen. Das Ergebnis ist eine JSON-Liste von „e“- und „a“-Tags.',
  'What to search for.': 'Wonach gesucht wird.',
  'Only notes of these people: a JSON array of "p" tags.':
    'Nur Notizen dieser Menschen: eine JSON-Liste von „p“-Tags.',
  'Earliest time, in unix seconds. Some providers read days before now.':
    'Frühester Zeitpunkt in Unix-Sekunden. Manche Anbieter lesen es als Tage vor jetzt.',
  'Latest time, in unix seconds. Some providers read days before now.':
    'Spätester Zeitpunkt in Unix-Sekunden. Manche Anbieter lesen es als Tage vor jetzt.',
  'Nostr people search': 'Nostr: Menschen suchen',
  'Searches profiles. The result is a JSON array of "p" tags.':
    'Durchsucht Profile. Das Ergebnis ist eine JSON-Liste von „p“-Tags.',
  'Name or words to search for.': 'Gesuchter Name oder gesuchte Wörter.',
  'Nostr visual discovery': 'Nostr: Bilder entdecken',
  'Chooses pictures for somebody. The result is a JSON array of tags.':
    'Wählt Bilder für jemanden. Das Ergebnis ist eine JSON-Liste von Tags.',
  'List of keys': 'Liste von Schlüsseln',
  'Returns keys or ids that somebody trusts or finds active.':
    'Gibt Schlüssel oder Ids zurück, denen jemand vertraut oder die er aktiv findet.',
  'Verify reputation': 'Ruf prüfen',
  'Ranks somebody and their foremost followers. The result is a JSON array of keys and ranks.':
    'Ordnet jemanden und die wichtigsten Folgenden ein. Das Ergebnis ist eine JSON-Liste von Schlüsseln und Rängen.',
  'Whom to rank, as hex or npub.': 'Wer eingeordnet wird, als Hex oder npub.',
  'How to rank.': 'Wie eingeordnet wird.',
  'Whose view personal ranks take, as hex or npub; the customer when left out.':
    'Aus wessen Sicht persönliche Ränge gelten, als Hex oder npub; sonst der Kunde.',
  'Recommend follows': 'Empfehlen, wem zu folgen ist',
  'Names people worth following who are not followed yet. The result is a JSON array of keys and ranks.':
    'Nennt lohnende Menschen, denen noch nicht gefolgt wird. Das Ergebnis ist eine JSON-Liste von Schlüsseln und Rängen.',
  'Rank profiles': 'Profile ordnen',
  'Puts people in order of rank. The result is a JSON array of keys and ranks.':
    'Ordnet Menschen nach Rang. Das Ergebnis ist eine JSON-Liste von Schlüsseln und Rängen.',
  'Whom to rank, as hex or npub; up to 1000 of them.':
    'Wer eingeordnet wird, als Hex oder npub; bis zu 1000.',
  'Search profiles': 'Profile suchen',
  'Searches people, well reputed ones first. The result is a JSON array of keys and ranks.':
    'Sucht Menschen, solche mit gutem Ruf zuerst. Das Ergebnis ist eine JSON-Liste von Schlüsseln und Rängen.',
  'What to search for: four letters or more.': 'Wonach gesucht wird: vier Buchstaben oder mehr.',
  'Nostr event count': 'Nostr: Ereignisse zählen',
  'Counts events that match. The result is a number, or JSON of counts by group. Filters also come as JSON in content.':
    'Zählt passende Ereignisse. Das Ergebnis ist eine Zahl oder JSON mit Zahlen je Gruppe. Filter kommen auch als JSON im Inhalt.',
  'Value of a tag to match.': 'Wert eines Tags, der passen muss.',
  'Relay to count on.': 'Relay, auf dem gezählt wird.',
  'Field or tag to count by; several nest.':
    'Feld oder Tag, nach dem gezählt wird; mehrere verschachteln sich.',
  'Extended network': 'Erweitertes Netz',
  'Whom those follow whom somebody follows. The result is a JSON array of "p" tags.':
    'Wem die folgen, denen jemand folgt. Das Ergebnis ist eine JSON-Liste von „p“-Tags.',
  'Public key to begin with; the customer when left out.':
    'Öffentlicher Schlüssel am Anfang; sonst der Kunde.',
  'Malware scan': 'Suche nach Schadsoftware',
  'Looks for malware in files. The result is the word CLEAN, or what was found.':
    'Sucht in Dateien nach Schadsoftware. Das Ergebnis ist das Wort CLEAN oder der Fund.',
  'A file that can be downloaded directly.': 'Eine Datei, die sich direkt herunterladen lässt.',
  'Code run': 'Programm ausführen',
  'Several uses share this kind: CI runs, WebAssembly, and research by agents.':
    'Mehrere Verwendungen teilen sich diese Art: CI-Läufe, WebAssembly und Nachforschung durch Agenten.',
  'Git CI run': 'Git-CI-Lauf',
  'Runs a CI workflow of a repository. The result is how it ended and the log.':
    'Führt einen CI-Ablauf eines Repositorys aus. Das Ergebnis ist, wie er endete, und das Protokoll.',
  'Repository (NIP-34), as naddr or npub/name.': 'Repository (NIP-34), als naddr oder npub/Name.',
  'Branch, tag or commit.': 'Branch, Tag oder Commit.',
  'Path of the workflow file.': 'Pfad der Datei mit dem Ablauf.',
  'Most seconds it may take.': 'Höchste Dauer in Sekunden.',
  'WebAssembly run': 'WebAssembly ausführen',
  'Calls a function of a WebAssembly module. The result is what it returns.':
    'Ruft eine Funktion eines WebAssembly-Moduls auf. Das Ergebnis ist, was sie zurückgibt.',
  'JSON with url, function, input, time in milliseconds and checksum (SHA-256).':
    'JSON mit url, function, input, Zeit in Millisekunden und Prüfsumme (SHA-256).',
  'Memory curation for agents': 'Gedächtnispflege für Agenten',
  'Proposes what an agent should remember. Its logs come as JSON in content, since relays refuse long tags; the result is JSON.':
    'Schlägt vor, was ein Agent behalten sollte. Seine Protokolle kommen als JSON im Inhalt, weil Relays lange Tags ablehnen; das Ergebnis ist JSON.',
  'Stands for the JSON in content.': 'Steht für das JSON im Inhalt.',
  'HTTP fetch': 'HTTP-Abruf',
  'Returns the page at the address in a "url" tag.':
    'Gibt die Seite unter der Adresse in einem „url“-Tag zurück.',
  'Private message': 'Private Nachricht',
  'Ciphertext for one provider; nobody else knows what it does.':
    'Verschlüsselt für einen Anbieter; sonst weiß niemand, was es tut.',
  'Event timestamping': 'Zeitstempel für ein Ereignis',
  'Proves when an event was there (NIP-03). The result is the id of the proof and may take hours.':
    'Beweist, wann ein Ereignis da war (NIP-03). Das Ergebnis ist die Id des Beweises und kann Stunden dauern.',
  'Event to stamp.': 'Ereignis, das den Stempel bekommt.',
  'Runs a CI workflow of a repository, as kind 5600 does.':
    'Führt einen CI-Ablauf eines Repositorys aus, wie Art 5600.',
  'Bitcoin OP_RETURN': 'Bitcoin OP_RETURN',
  'Writes a text into the Bitcoin chain. The result is the id of the transaction.':
    'Schreibt einen Text in die Bitcoin-Kette. Das Ergebnis ist die Id der Transaktion.',
  'At most 80 bytes of UTF-8.': 'Höchstens 80 Bytes UTF-8.',
  'Wallet registration': 'Wallet hinterlegen',
  'Leaves a wallet connection with the provider, for kind 5903. Whoever reads it can spend.':
    'Hinterlegt eine Wallet-Verbindung beim Anbieter, für Art 5903. Wer sie liest, kann ausgeben.',
  'Connection string of the wallet (NIP-47).': 'Verbindungstext der Wallet (NIP-47).',
  'Timed hosting': 'Hosting auf Zeit',
  'Seems to serve something under a name for a time.':
    'Stellt wohl etwas für eine Zeit unter einem Namen bereit.',
  'Scheduled wallet payment': 'Geplante Zahlung',
  'Pays from a wallet that was left with the provider before (5901). The result is empty.':
    'Zahlt aus einer Wallet, die vorher beim Anbieter hinterlegt wurde (5901). Das Ergebnis ist leer.',
  'Lightning invoice to pay.': 'Lightning-Rechnung, die bezahlt werden soll.',
  'Event to zap, and a relay that has it.': 'Ereignis für den Zap, und ein Relay, das es hat.',
  'Scheduled event publishing': 'Ereignis später veröffentlichen',
  'Publishes signed events when their time has come. The result is the id of the event.':
    'Veröffentlicht unterschriebene Ereignisse zu ihrer Zeit. Das Ergebnis ist die Id des Ereignisses.',
  'A signed event as JSON.': 'Ein unterschriebenes Ereignis als JSON.',
  'Relays to publish to, all in one tag.': 'Relays, auf die es soll, alle in einem Tag.',
  'Subscription management': 'Abonnement verwalten',
  'Pays for a subscription from a wallet; always encrypted, and answered by feedback.':
    'Zahlt ein Abonnement aus einer Wallet; immer verschlüsselt, und beantwortet durch Rückmeldung.',
  'Connection string of the wallet, encrypted.': 'Verbindungstext der Wallet, verschlüsselt.',
  'Public key of the subscriber.': 'Öffentlicher Schlüssel des Abonnenten.',
  'MCP tool call': 'MCP-Werkzeug aufrufen',
  'Speaks with a tool server; the "c" tag says what is asked. Its authors left this kind for others.':
    'Spricht mit einem Werkzeugserver; das „c“-Tag sagt, was gefragt ist. Seine Urheber haben diese Art aufgegeben.',
  'Arguments as JSON, as some clients send them.': 'Argumente als JSON, wie manche Programme sie senden.',
  'List of MCP tools': 'Liste der MCP-Werkzeuge',
  'The result is JSON with the tools and the schemas of their arguments.':
    'Das Ergebnis ist JSON mit den Werkzeugen und den Schemas ihrer Argumente.',
  'MCP tool run': 'MCP-Werkzeug ausführen',
  'The content is JSON with name and parameters; the result is JSON with the content of the answer.':
    'Der Inhalt ist JSON mit Name und Parametern; das Ergebnis ist JSON mit dem Inhalt der Antwort.',
  'OpenAgents labor: sandbox run': 'OpenAgents-Arbeit: Lauf im Sandkasten',
  'Reserved by OpenAgents, which has since stopped using job kinds.':
    'Von OpenAgents reserviert, das seither keine solchen Arten mehr benutzt.',
  'OpenAgents labor: repository index': 'OpenAgents-Arbeit: Index eines Repositorys',
  'OpenAgents labor: patch': 'OpenAgents-Arbeit: Patch',
  'OpenAgents labor: code review': 'OpenAgents-Arbeit: Durchsicht von Code',
  'OpenAgents labor: code task': 'OpenAgents-Arbeit: Aufgabe am Code',
  'Has a change made to code and verified by a command; needs a bid. The result is JSON and tags.':
    'Lässt Code ändern und durch einen Befehl prüfen; braucht ein Gebot. Das Ergebnis sind JSON und Tags.',
  'Reference of the objective.': 'Verweis auf das Ziel.',
  'Reference of a repository.': 'Verweis auf ein Repository.',
  'Type of the labor.': 'Art der Arbeit.',
  'Reference of the terms of use.': 'Verweis auf die Nutzungsbedingungen.',
  'Reference of the command that decides.': 'Verweis auf den Befehl, der entscheidet.',
  'Something that the worker must be able to do.': 'Etwas, das der Arbeitende können muss.',
  'How the outcome is handed over.': 'Wie das Ergebnis übergeben wird.',
  'Reference of the deadline.': 'Verweis auf die Frist.',
  'Reference of a topic where it is talked about.': 'Verweis auf ein Thema, in dem darüber gesprochen wird.',
  'OpenAgents labor: review': 'OpenAgents-Arbeit: Begutachtung',
  'OpenAgents labor: document work': 'OpenAgents-Arbeit: Dokumente',
  'Name registration': 'Namen eintragen',
  'Seems to register or check a name at a domain.':
    'Trägt wohl einen Namen bei einer Domain ein oder prüft ihn.',
  'Dataset access': 'Zugang zu Daten',
  'Buys access to a dataset; listing and offer are "a" tags. The result is JSON with the place and hash.':
    'Kauft Zugang zu einem Datensatz; Eintrag und Angebot sind „a“-Tags. Das Ergebnis ist JSON mit Ort und Hash.',
  'How to hand it over.': 'Wie es übergeben wird.',
  'How much to show before.': 'Wie viel vorher zu sehen ist.',
  'Licence that is accepted.': 'Lizenz, die angenommen wird.',
  'Proof-of-work delegation': 'Arbeitsnachweis rechnen lassen',
  'Finds the nonce of an event (NIP-13). The result is the event as JSON.':
    'Findet die Nonce eines Ereignisses (NIP-13). Das Ergebnis ist das Ereignis als JSON.',
  'An unsigned event as JSON.': 'Ein nicht unterschriebenes Ereignis als JSON.',
  'Leading zero bits of the id.': 'Führende Nullbits der Id.',
  'Early WebAssembly run': 'Früheres WebAssembly',
  'Runs a WebAssembly module; its users moved on to kind 5600.':
    'Führt ein WebAssembly-Modul aus; seine Nutzer gingen zu Art 5600.',
  'Generic job': 'Beliebiger Auftrag',
  'Whatever the addressed provider does.': 'Was der angesprochene Anbieter eben tut.',
  'Virtual machine order': 'Virtuelle Maschine mieten',
  'Rents a virtual machine; terms and payment come as feedback.':
    'Mietet eine virtuelle Maschine; Bedingungen und Zahlung kommen als Rückmeldung.',
  'Cores.': 'Kerne.',
  'Memory in MiB.': 'Speicher in MiB.',
  'Disk in GiB.': 'Platte in GiB.',
  'Public SSH key that may log in.': 'Öffentlicher SSH-Schlüssel, der hinein darf.',
  'Operating system.': 'Betriebssystem.',
  'Its release.': 'Dessen Ausgabe.',
  'Job named by a tag': 'Auftrag, den ein Tag nennt',
  'The "j" tag says which job it is.': 'Das „j“-Tag sagt, welcher Auftrag es ist.',
  // Parameters and their values
  Range: 'Abschnitt',
  Alignment: 'Zeitmarken',
  Model: 'Modell',
  Language: 'Sprache',
  Method: 'Verfahren',
  Mode: 'Art der Ausführung',
  Length: 'Länge',
  'Max tokens': 'Höchstzahl der Tokens',
  Temperature: 'Temperatur',
  'Top k': 'Top k',
  'Top p': 'Top p',
  'Frequency penalty': 'Strafe für Wiederholung',
  Lora: 'LoRA',
  Ratio: 'Seitenverhältnis',
  'Negative prompt': 'Was nicht ins Bild soll',
  Size: 'Größe',
  Seed: 'Startzahl',
  Strength: 'Stärke',
  'Guidance scale': 'Treue zur Vorgabe',
  'Lora weight': 'Gewicht der LoRA',
  Upscale: 'Vergrößerung',
  Format: 'Format',
  Subtitle: 'Untertitel',
  X: 'X',
  Target: 'Ziel',
  Voice: 'Stimme',
  P: 'P',
  'Max results': 'Höchstzahl der Ergebnisse',
  'Search list': 'Gesuchte Wörter',
  'Must list': 'Nötige Wörter',
  'Avoid list': 'Unerwünschte Wörter',
  'Since days': 'Tage seither',
  Topics: 'Themen',
  Users: 'Menschen',
  Since: 'Von',
  Until: 'Bis',
  User: 'Mensch',
  Sort: 'Reihenfolge',
  Source: 'Blickwinkel',
  Limit: 'Höchstzahl',
  Search: 'Suche',
  Relay: 'Relay',
  Group: 'Gruppierung',
  'Git address': 'Repository',
  'Git ref': 'Branch, Tag oder Commit',
  'Workflow filepath': 'Datei mit dem Ablauf',
  'Workflow timeout': 'Höchstdauer des Ablaufs',
  Invoice: 'Rechnung',
  Zap: 'Zap',
  Relays: 'Relays',
  Nwc: 'Wallet-Verbindung',
  'Labor job type': 'Art der Arbeit',
  'Policy ref': 'Nutzungsbedingungen',
  Acceptance: 'Abnahme',
  'Lbr objective ref': 'Ziel',
  'Lbr repository ref': 'Repository der Arbeit',
  'Lbr verification command ref': 'Prüfender Befehl',
  'Lbr required capability ref': 'Nötige Fähigkeit',
  'Lbr output delivery': 'Übergabe',
  'Lbr deadline': 'Frist',
  'Lbr forum topic ref': 'Thema im Forum',
  Delivery: 'Lieferung',
  Preview: 'Vorschau',
  'License ack': 'Angenommene Lizenz',
  Pow: 'Arbeitsnachweis',
  Cpu: 'Kerne',
  Memory: 'Speicher',
  Disk: 'Platte',
  'Ssh key': 'SSH-Schlüssel',
  'Os image': 'Betriebssystem',
  'Os version': 'Version des Betriebssystems',
  raw: 'roh',
  segment: 'Abschnitte',
  word: 'Wörter',
  followerCount: 'Zahl der Folgenden',
  globalPagerank: 'Rang für alle',
  personalizedPagerank: 'Rang für dich',
  code_task: 'Aufgabe am Code',
  output_only: 'nur das Ergebnis',
};
