//! Rows of known devices.

db::statements! {
    /// By the tag of the cookie.
    DEVICE_BY_TOKEN = "SELECT id, person_id FROM known_device WHERE token_hash = ? AND expires_at > ?";
    /// Remembers one.
    DEVICE_INSERT = "INSERT INTO known_device (id, token_hash, person_id, created_at, expires_at) VALUES (?, ?, ?, ?, ?)";
    /// Forgets one.
    DEVICE_DELETE = "DELETE FROM known_device WHERE id = ?";
    /// Forgets all of a person.
    DEVICES_DELETE_OF_PERSON = "DELETE FROM known_device WHERE person_id = ?";
    /// Those that have expired.
    DEVICES_EXPIRED = "SELECT id FROM known_device WHERE expires_at <= ? ORDER BY expires_at LIMIT ?";
}
