//! Rows of consent.

db::statements! {
    /// What one party may know.
    CONSENT = "SELECT party_kind, party, scopes, claims, created_at, updated_at FROM consent \
        WHERE person_id = ? AND party_kind = ? AND party = ?";
    /// All that a person has consented to.
    CONSENTS_OF_PERSON = "SELECT party_kind, party, scopes, claims, created_at, updated_at FROM consent WHERE person_id = ? \
        ORDER BY party_kind, party";
    /// Remembers.
    CONSENT_PUT = "INSERT INTO consent (person_id, party_kind, party, issuer, scopes, claims, created_at, updated_at) \
        VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (person_id, party_kind, party) \
        DO UPDATE SET scopes = excluded.scopes, claims = excluded.claims, updated_at = excluded.updated_at",
        mysql "INSERT INTO consent (person_id, party_kind, party, issuer, scopes, claims, created_at, updated_at) \
        VALUES (?, ?, ?, ?, ?, ?, ?, ?) \
        ON DUPLICATE KEY UPDATE scopes = VALUES(scopes), claims = VALUES(claims), updated_at = VALUES(updated_at)";
    /// Withdraws one.
    CONSENT_DELETE = "DELETE FROM consent WHERE person_id = ? AND party_kind = ? AND party = ?";
    /// Withdraws all of a person.
    CONSENTS_DELETE_OF_PERSON = "DELETE FROM consent WHERE person_id = ?";
    /// Forgets a party that is no more.
    CONSENTS_DELETE_OF_PARTY = "DELETE FROM consent WHERE party_kind = ? AND party = ?";
}
