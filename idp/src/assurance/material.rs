//! What an outcome of the engine proves, as plain data.

use kernel::Timestamp;
use kernel::ids::{FlowId, PersonId};

/// Of what nature a factor is. Two proofs of one class are one factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorClass {
    /// Something known: password, PIN.
    Knowledge,
    /// Something held: token, phone, list of recovery codes.
    Possession,
    /// Something one is.
    Inherence,
}

/// By which way a proof reached us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// The browser that signs in.
    Browser,
    /// A machine that passes on what somebody typed.
    Relay,
    /// The factor's own device.
    Device,
}

/// How something was proven, as far as `amr` tells it (RFC 8176 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A password.
    Password,
    /// A ticket of a Kerberos domain, sent by the machine without asking the person.
    Ticket,
    /// A PIN.
    Pin,
    /// A one-time password of a generator.
    Otp,
    /// A recovery code from a list.
    Recovery,
    /// A code that was sent as a text message.
    Sms,
    /// A code that was sent by mail.
    Mail,
    /// An approval on a registered device.
    Push,
    /// A key in software that signs.
    SoftwareKey,
    /// A key in hardware that signs.
    HardwareKey,
    /// A fingerprint, face or similar, checked by an authenticator.
    Biometric,
    /// What another provider asserts.
    Upstream,
}

impl Method {
    /// Its value in `amr`; those of an upstream provider stand in the material itself.
    pub const fn amr(self) -> Option<&'static str> {
        match self {
            Self::Password => Some("pwd"),
            // "Windows integrated authentication", which is this.
            Self::Ticket => Some("wia"),
            Self::Pin => Some("pin"),
            Self::Otp | Self::Recovery | Self::Mail => Some("otp"),
            Self::Sms => Some("sms"),
            Self::Push => Some("pop"),
            Self::SoftwareKey => Some("swk"),
            Self::HardwareKey => Some("hwk"),
            Self::Biometric => Some("bio"),
            Self::Upstream => None,
        }
    }

    /// Whether it may open a sign-in, that is: identifies the person and does not merely add to another factor.
    pub const fn opens(self) -> bool {
        matches!(self, Self::Password | Self::Ticket | Self::SoftwareKey | Self::HardwareKey | Self::Upstream)
    }

    /// Whether the machine proves it by itself, so that it says nothing about who sits there now. It opens a sign-in like a session
    /// does: where the person must act, it does not count.
    pub const fn is_silent(self) -> bool {
        matches!(self, Self::Ticket)
    }
}

/// What an upstream provider said of its own sign-in.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Upstream {
    /// Who asserts.
    pub issuer: String,
    /// Its level, in its own words.
    pub acr: Option<String>,
    /// Its methods.
    pub amr: Vec<String>,
}

/// One thing that an outcome of a port proves. Only true checks give material: outcomes that were let through by policy
/// without a check have none. An outcome may prove several things (PIN and code, key and fingerprint).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Material {
    /// Kind of factor, such as `password` or `totp`.
    pub factor: String,
    /// How it was proven.
    pub method: Method,
    /// Of what nature it is.
    pub class: FactorClass,
    /// Whose factor it is.
    pub person: PersonId,
    /// The person's `auth_epoch` as it was read **before** the check: a reset during the check voids the result.
    pub epoch: i64,
    /// Serial of the token.
    pub token: Option<String>,
    /// The challenge that it answered.
    pub transaction: Option<String>,
    /// When it was shown: checked, or, where a machine shows it in place of the person, when the person showed it to the machine.
    pub at: Timestamp,
    /// How it came.
    pub channel: Channel,
    /// Whether it is bound to our origin, so that a false page cannot relay it.
    pub phishing_resistant: bool,
    /// What an upstream provider asserted.
    pub upstream: Option<Upstream>,
}

/// Material in the keeping of a flow or session, with the flow that obtained it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Fact {
    #[serde(flatten)]
    pub(crate) material: Material,
    pub(crate) flow: FlowId,
}
