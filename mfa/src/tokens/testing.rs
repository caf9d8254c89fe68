//! Tokens for tests of kinds.

use kernel::ids::TokenId;
use kernel::{Entropy, Timestamp};

use super::{Circumstances, Info, KindRef, Rollout, Token, Uses};

/// A fresh token of a kind with the usual defaults and no secrets.
pub(crate) fn token(kind: KindRef) -> Token {
    Token {
        id: TokenId::new(&Entropy::seeded(1), Timestamp(0)),
        number: 1,
        serial: format!("{}0001", kind.spec().prefix),
        kind,
        owner: None,
        realms: Vec::new(),
        pin: None,
        seed: String::new(),
        otplen: 6,
        counter: 0,
        count_window: 10,
        sync_window: 1000,
        failcount: 0,
        maxfail: 10,
        failed_at: None,
        uses: Uses::default(),
        valid_from: None,
        valid_until: None,
        last_auth: None,
        active: true,
        locked: false,
        revoked: false,
        rollout: Rollout::None,
        description: String::new(),
        info: Info::new(),
        memory: None,
        version: 1,
        created_at: Timestamp(0),
    }
}

/// Circumstances of this second, automatic resynchronisation off.
pub(crate) fn circumstances(seconds: i64) -> Circumstances {
    Circumstances { at: Timestamp::from_seconds(seconds), auto_resync: None }
}
