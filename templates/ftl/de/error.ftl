error-not-found = Diese Seite gibt es nicht
error-not-found-text = Bitte prüfen Sie die Adresse oder beginnen Sie neu bei der Anwendung, von der Sie kommen.
error-expired = Diese Anmeldung ist beendet
error-expired-text = Sie war zu lange geöffnet oder wurde in einem anderen Fenster abgeschlossen. Bitte beginnen Sie von vorn.
error-stale-page = Diese Seite war veraltet
error-stale-page-text = Es wurde nichts geändert. Bitte gehen Sie zurück, laden Sie die Seite neu und versuchen Sie es erneut.
error-cookies = Ihr Browser hat kein Cookie gesendet
error-cookies-text = Für die Anmeldung werden Cookies für diese Adresse benötigt. Bitte lassen Sie sie zu und versuchen Sie es erneut.
error-forbidden = Das ist Ihnen nicht möglich
error-forbidden-text = Ihr Konto darf diese Seite nicht öffnen. Wenn Sie sie benötigen, wenden Sie sich bitte an Ihren Helpdesk.
error-application = Die Anwendung hat einen Fehler gemacht
error-application-text = Die Anfrage von { $application } kann nicht beantwortet werden. Bitte versuchen Sie es von dort aus erneut; geschieht es wieder, melden Sie dem Anbieter, was unten steht.
error-application-text-plain = Die Anfrage, die Sie hierher geführt hat, kann nicht beantwortet werden. Bitte versuchen Sie es von der Anwendung aus erneut; geschieht es wieder, melden Sie dem Anbieter, was unten steht.
error-bad-request = Das war nicht lesbar
error-bad-request-text = Ihr Browser hat etwas Unerwartetes gesendet. Bitte gehen Sie zurück und versuchen Sie es erneut.
error-too-many = Zu viele Anfragen
error-too-many-text = Bitte versuchen Sie es in { $minutes ->
    [one] einer Minute
   *[other] { $minutes } Minuten
} erneut.
error-unavailable = Gerade nicht verfügbar
error-unavailable-text = Ein Teil, der dafür nötig ist, antwortet nicht. Bitte versuchen Sie es gleich noch einmal.
error-internal = Etwas ist schiefgegangen
error-internal-text = Der Fehler liegt bei uns und wurde festgehalten. Bitte versuchen Sie es gleich noch einmal.
error-retry = Erneut versuchen
error-home = Zu Ihrem Konto
error-leave = Zurück zu { $application }
error-detail = Einzelheit
error-request = Anfrage
error-request-hint = Bitte nennen Sie diese Nummer, wenn Sie sich an Ihren Helpdesk wenden.
