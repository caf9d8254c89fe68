//! Rows of accounts of the internal resolver.

db::statements! {
    /// One account by its folded login.
    ACCOUNT_BY_LOGIN = "SELECT id, login, attributes FROM account WHERE resolver_id = ? AND login_folded = ?";
    /// The accounts of up to 16 identifiers; fewer are repeated.
    ACCOUNTS_BY_ID =
        "SELECT id, login, attributes FROM account
          WHERE resolver_id = ? AND id IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    /// All accounts, by login.
    ACCOUNTS = "SELECT id, login, attributes FROM account WHERE resolver_id = ? ORDER BY login_folded";
    /// A stretch of the accounts, by login.
    ACCOUNTS_PAGE = "SELECT id, login, attributes FROM account WHERE resolver_id = ? ORDER BY login_folded LIMIT ? OFFSET ?";
    /// Accounts whose folded login matches a pattern, by login.
    ACCOUNTS_LIKE =
        "SELECT id, login, attributes FROM account
          WHERE resolver_id = ? AND login_folded LIKE ? ESCAPE '!' ORDER BY login_folded LIMIT ? OFFSET ?";
    /// How many there are.
    ACCOUNT_COUNT = "SELECT COUNT(*) FROM account WHERE resolver_id = ?";
    /// The sealed hash of an account's password.
    ACCOUNT_PASSWORD = "SELECT password FROM account WHERE resolver_id = ? AND id = ?";
    /// What a change starts from.
    ACCOUNT_VERSION = "SELECT version, login, password, attributes FROM account WHERE resolver_id = ? AND id = ?";
    /// A new account.
    ACCOUNT_INSERT =
        "INSERT INTO account (id, resolver_id, login, login_folded, password, attributes, version, created_at, changed_at)
         VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)";
    /// A changed account, if it is still the one that was read.
    ACCOUNT_UPDATE =
        "UPDATE account SET login = ?, login_folded = ?, password = ?, attributes = ?, version = version + 1, changed_at = ?
          WHERE id = ? AND version = ?";
    /// A newer hash of the same password, if it is still the one that was checked.
    ACCOUNT_REHASH = "UPDATE account SET password = ? WHERE id = ? AND password = ?";
    /// No account any more.
    ACCOUNT_DELETE = "DELETE FROM account WHERE resolver_id = ? AND id = ?";
}
