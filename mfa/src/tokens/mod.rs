//! Kinds of token: one file each, pure, and one line in the list below.
//!
//! To add a kind: a file with a unit struct that implements [`Kind`], and its line in `kinds!`. Serial prefix, parameters,
//! tokeninfo, policies (`<kind>_...`, `enroll<KIND>`), documentation and tests follow from its [`Spec`].

pub mod hotp;
mod image;
pub mod init;
mod kind;
mod link;
pub mod oath;
mod oath_init;
pub mod recovery;
pub mod serial;
pub(crate) mod store;
#[cfg(test)]
pub(crate) mod testing;
mod token;
pub mod totp;

pub use image::qr_png;
pub use kind::{
    Accepted, Circumstances, FactorClass, InfoKey, Input, Io, Kind, LinkContext, Mode, Prompt, Rejected, Shown, Spec, Spend, Step,
};
pub use token::{Info, Owner, Rollout, Token, Unusable, Uses};

/// A kind, by reference: kinds are constants.
pub type KindRef = &'static dyn Kind;

/// Declares the kinds, in the order in which they are displayed.
macro_rules! kinds {
    ($($module:ident :: $kind:ident),+ $(,)?) => {
        /// Every kind.
        pub static KINDS: &[KindRef] = &[$(&$module::$kind),+];
    };
}

kinds! { hotp::Hotp, totp::Totp, recovery::Recovery }

/// The kind with this type name, in any case.
pub fn kind(name: &str) -> Option<KindRef> {
    KINDS.iter().copied().find(|kind| kind.spec().name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_prefixes_are_unique() {
        let mut names: Vec<_> =
            KINDS.iter().flat_map(|k| [k.spec().name.to_uppercase(), format!("-{}", k.spec().prefix)]).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
        assert!(kind("ToTp").is_some_and(|k| k.spec().name == "totp"));
        assert!(kind("nonsense").is_none());
    }
}
