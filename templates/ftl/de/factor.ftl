choose-title = Wie möchten Sie sich ausweisen?
factor-title = Code eingeben
factor-lead = Öffnen Sie Ihre Authenticator-App und geben Sie den angezeigten Code ein.
factor-lead-named = Geben Sie den Code ein, den { $factor } anzeigt.
factor-code = Code
factor-pin = PIN
factor-pin-hint = Die PIN dieses Faktors. Lassen Sie das Feld leer, wenn er keine hat.
factor-digits = { $digits } Ziffern. Leerzeichen spielen keine Rolle.
factor-others = Andere Möglichkeit
factor-resend = Neuen Code senden

factor-recovery-title = Wiederherstellungscode eingeben
factor-recovery-lead = Verwenden Sie einen der Codes, die Sie beim Einrichten Ihres zweiten Faktors aufbewahrt haben.
factor-recovery-code = Wiederherstellungscode
factor-recovery-hint = Jeder Code gilt einmal. Groß oder klein, mit oder ohne Striche.

factor-purpose-sign-in = Noch ein Schritt, damit sich niemand sonst als Sie anmelden kann.
factor-purpose-step-up = Diese Anwendung verlangt einen zusätzlichen Nachweis.
factor-purpose-change = Bevor Ihre Faktoren geändert werden, weisen Sie sich bitte aus.

factor-error-wrong = Dieser Code stimmt nicht. Warten Sie auf den nächsten, prüfen Sie die Uhrzeit Ihres Geräts und versuchen Sie es erneut.
factor-error-used = Dieser Code wurde bereits verwendet. Bitte warten Sie auf den nächsten.
factor-error-missing = Bitte geben Sie den Code ein.
factor-error-too-many = Es gab zu viele falsche Codes. Bitte versuchen Sie es in { $minutes ->
    [one] einer Minute
   *[other] { $minutes } Minuten
} erneut oder wählen Sie eine andere Möglichkeit.
factor-error-expired = Das hat zu lange gedauert. Bitte versuchen Sie es mit einem neuen Code.
factor-error-declined = Die Anfrage wurde abgelehnt. Wenn Sie das nicht waren, ändern Sie Ihr Passwort.
factor-error-unavailable = Diese Möglichkeit kann gerade nicht geprüft werden. Bitte wählen Sie eine andere oder versuchen Sie es gleich noch einmal.

wait-title = Auf Ihrem Gerät bestätigen
wait-lead = Wir haben eine Anfrage an { $device } geschickt.
wait-lead-plain = Wir haben eine Anfrage an Ihr Gerät geschickt.
wait-code = Wählen Sie dort diese Zahl
wait-refresh = Warten auf Ihre Antwort …
wait-now = Jetzt nachsehen
wait-warning = Wenn eine Anfrage eintrifft, die Sie nicht selbst ausgelöst haben, lehnen Sie sie ab.
