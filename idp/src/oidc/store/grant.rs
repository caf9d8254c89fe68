//! Rows of `oidc_grant`: what a person let a client have. Code, access tokens and refresh tokens hang on it and die with it.

use db::{Batch, DbError, Reader, args};
use kernel::Timestamp;
use kernel::ids::{GrantId, PersonId, RowId, SessionId};

use crate::claims::ClaimsRequest;
use crate::oidc::problem::Fault;
use crate::oidc::scope::Scopes;

db::statements! {
    /// A new grant.
    GRANT_ADD = "INSERT INTO oidc_grant (id, issuer, client, person_id, session_id, sid, scopes, claims, auth_time, acr, amr, auth_epoch,
        is_offline, created_at, expires_at, refreshed_at, revoked_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)";
    /// Its code was redeemed: it lives on for as long as its tokens.
    GRANT_BEGIN = "UPDATE oidc_grant SET expires_at = ?, refreshed_at = ? WHERE id = ? AND revoked_at IS NULL";
    /// It was used again, and is still good. All that touch a grant begin with this row, so that they follow one another.
    GRANT_TOUCH = "UPDATE oidc_grant SET refreshed_at = ? WHERE id = ? AND revoked_at IS NULL AND expires_at > ?";
    /// The end of one grant.
    GRANT_REVOKE = "UPDATE oidc_grant SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL";
    /// The end of what depends on a session.
    GRANTS_OF_SESSION_END = "UPDATE oidc_grant SET revoked_at = ? WHERE session_id = ? AND revoked_at IS NULL AND is_offline = FALSE";
    /// The end of all that a person gave one client.
    GRANTS_OF_PERSON_END = "UPDATE oidc_grant SET revoked_at = ? WHERE person_id = ? AND client = ? AND revoked_at IS NULL";
}

/// Whether a grant is still good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is, until it expires.
    Good,
    /// It was ended.
    Revoked,
}

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub(crate) id: GrantId,
    pub(crate) client: RowId,
    pub(crate) person: PersonId,
    pub(crate) session: SessionId,
    pub(crate) sid: String,
    pub(crate) scopes: Scopes,
    pub(crate) claims: ClaimsRequest,
    pub(crate) auth_time: Timestamp,
    pub(crate) acr: String,
    pub(crate) amr: Vec<String>,
    pub(crate) auth_epoch: i64,
    pub(crate) is_offline: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) standing: Standing,
}

/// Columns of a grant with the alias `g`, in the order of [`read`].
macro_rules! grant_columns {
    () => {
        "g.id, g.client, g.person_id, g.session_id, g.sid, g.scopes, g.claims, g.auth_time, g.acr, g.amr, g.auth_epoch, g.is_offline, \
         g.created_at, g.expires_at, g.revoked_at"
    };
}
pub(crate) use grant_columns;

/// Reads the columns of [`grant_columns`].
pub(crate) fn read(r: &mut Reader<'_>) -> Result<Grant, DbError> {
    Ok(Grant {
        id: r.next()?,
        client: r.next()?,
        person: r.next()?,
        session: r.next()?,
        sid: r.next()?,
        scopes: r.parse(Scopes::parse)?,
        claims: r.parse(|text| serde_json::from_str(text))?,
        auth_time: r.next()?,
        acr: r.next()?,
        amr: r.parse(|text| serde_json::from_str(text))?,
        auth_epoch: r.next()?,
        is_offline: r.next()?,
        created_at: r.next()?,
        expires_at: r.next()?,
        standing: if r.next::<Option<Timestamp>>()?.is_some() { Standing::Revoked } else { Standing::Good },
    })
}

impl Grant {
    /// Whether it is good at this moment.
    pub(crate) fn is_good(&self, now: Timestamp) -> bool {
        self.standing == Standing::Good && now < self.expires_at
    }
}

/// Adds a grant.
pub(crate) fn add(batch: &mut Batch, issuer: &str, grant: &Grant) -> Result<(), Fault> {
    let claims = serde_json::to_string(&grant.claims).map_err(Fault::internal)?;
    let amr = serde_json::to_string(&grant.amr).map_err(Fault::internal)?;
    let stored = args![
        grant.id,
        issuer,
        grant.client,
        grant.person,
        grant.session,
        &grant.sid,
        grant.scopes.to_string(),
        claims,
        grant.auth_time,
        &grant.acr,
        amr,
        grant.auth_epoch,
        grant.is_offline,
        grant.created_at,
        grant.expires_at,
    ];
    batch.run(&GRANT_ADD, stored);
    Ok(())
}

/// The code of the grant is redeemed: from now on it lives until `expires_at`.
pub(crate) fn begin(batch: &mut Batch, id: GrantId, expires_at: Timestamp, now: Timestamp) {
    batch.guard("grant", &GRANT_BEGIN, args![expires_at, now, id]);
}

/// The grant is used, if it is good still.
pub(crate) fn touch(batch: &mut Batch, id: GrantId, now: Timestamp) {
    batch.guard("grant", &GRANT_TOUCH, args![now, id, now]);
}

/// Ends a grant.
pub(crate) fn revoke(batch: &mut Batch, id: GrantId, now: Timestamp) {
    batch.run(&GRANT_REVOKE, args![now, id]);
}

/// Ends what depends on a session.
pub(crate) fn end_session(batch: &mut Batch, session: SessionId, now: Timestamp) {
    batch.run(&GRANTS_OF_SESSION_END, args![now, session]);
}

/// Ends all that a person gave one client.
pub(crate) fn end_person(batch: &mut Batch, person: PersonId, client: RowId, now: Timestamp) {
    batch.run(&GRANTS_OF_PERSON_END, args![now, person, client]);
}
