login-title = Anmelden
login-again-title = Bitte bestätigen Sie, dass Sie es sind
login-continue-to = Weiter zu { $application }
login-portal = bei Ihrem Konto
login-username = Benutzername
login-password = Passwort
login-show-password = Passwort anzeigen
login-forgotten = Vergessen?
login-submit = Anmelden
login-ticket = Mit dem Konto dieses Computers anmelden
login-no-account = Noch kein Konto?
login-sign-up = Konto anlegen

login-error-credentials = Benutzername und Passwort passen nicht zusammen. Bitte prüfen Sie beides und versuchen Sie es erneut.
login-error-incomplete = Bitte geben Sie Benutzername und Passwort ein.
login-error-locked = Es gab zu viele Versuche. Bitte versuchen Sie es in { $minutes ->
    [one] einer Minute
   *[other] { $minutes } Minuten
} erneut.
login-error-expired = Diese Anmeldung war zu lange geöffnet. Bitte geben Sie Ihre Daten noch einmal ein.
login-error-unavailable = Passwörter können gerade nicht geprüft werden. Bitte versuchen Sie es gleich noch einmal.
error-stale = Diese Seite war veraltet, deshalb wurde nichts geändert. Bitte versuchen Sie es erneut.
login-remark-ticket = Ihr Computer konnte Sie nicht automatisch anmelden. Bitte verwenden Sie Benutzername und Passwort.
