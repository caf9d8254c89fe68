//! Actions as statics: what code asks for, and what everything else about an action derives from.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::Arc;

use super::registry::{Kind, Spec};
use super::scope::Scope;
use super::value::{ActionValue, Flag};

/// What forms and documents say about an action.
#[derive(Clone, Copy)]
pub struct About {
    /// One sentence.
    pub doc: &'static str,
    /// Heading in forms.
    pub group: &'static str,
    /// Menus of the user interface that the action opens.
    pub menus: &'static [&'static str],
}

/// An action with a value of type `T`.
pub struct Action<T: ActionValue> {
    scopes: &'static [Scope],
    name: Cow<'static, str>,
    about: About,
    default: Option<fn() -> T>,
    check: Option<fn(&T) -> bool>,
    value: PhantomData<fn() -> T>,
}

impl<T: ActionValue> Action<T> {
    /// Declares an action. Use [`actions!`](crate::actions).
    pub const fn new(
        scopes: &'static [Scope],
        name: &'static str,
        about: About,
        default: Option<fn() -> T>,
        check: Option<fn(&T) -> bool>,
    ) -> Self {
        Self { scopes, name: Cow::Borrowed(name), about, default, check, value: PhantomData }
    }

    /// Where it belongs: one scope, or `admin` and `user`, of which who asks decides.
    pub fn scopes(&self) -> &'static [Scope] {
        self.scopes
    }

    /// Its name in policies.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What holds when no policy says anything.
    pub fn default(&self) -> Option<T> {
        self.default.map(|default| default())
    }
}

/// Something that adds actions to the [`Registry`](super::Registry).
pub trait Declared: Sync {
    /// The actions, given the token kinds that exist.
    fn specs(&self, kinds: &[Kind]) -> Vec<Spec>;
}

fn spec<T: ActionValue>(scope: Scope, name: String, about: About, check: Option<fn(&T) -> bool>, default: bool) -> Spec {
    Spec {
        scope,
        name,
        value_type: T::TYPE,
        choices: T::choices(),
        about,
        has_default: default,
        parse: Arc::new(move |text| {
            let value = T::parse(text)?;
            match check {
                Some(check) if !check(&value) => Err(format!("`{text}` is not allowed: {}", about.doc)),
                _ => Ok(Arc::new(value)),
            }
        }),
    }
}

impl<T: ActionValue> Declared for Action<T> {
    fn specs(&self, _: &[Kind]) -> Vec<Spec> {
        let of = |scope: &Scope| spec(*scope, self.name.to_string(), self.about, self.check, self.default.is_some());
        self.scopes.iter().map(of).collect()
    }
}

/// One action for each token kind that offers `feature`; `{kind}` or `{KIND}` in the name is replaced.
pub struct Family<T: ActionValue> {
    scopes: &'static [Scope],
    pattern: &'static str,
    feature: &'static str,
    about: About,
    default: Option<fn() -> T>,
    check: Option<fn(&T) -> bool>,
}

fn expand(pattern: &str, kind: &str) -> String {
    pattern.replace("{kind}", kind).replace("{KIND}", &kind.to_ascii_uppercase())
}

impl<T: ActionValue> Family<T> {
    /// Declares a family. Use [`actions!`](crate::actions) with `for "feature"`.
    pub const fn new(
        scopes: &'static [Scope],
        (pattern, feature): (&'static str, &'static str),
        about: About,
        default: Option<fn() -> T>,
        check: Option<fn(&T) -> bool>,
    ) -> Self {
        Self { scopes, pattern, feature, about, default, check }
    }

    /// The action of one token kind.
    pub fn of(&self, kind: &str) -> Action<T> {
        Action {
            scopes: self.scopes,
            name: Cow::Owned(expand(self.pattern, kind)),
            about: self.about,
            default: self.default,
            check: self.check,
            value: PhantomData,
        }
    }
}

impl<T: ActionValue> Declared for Family<T> {
    fn specs(&self, kinds: &[Kind]) -> Vec<Spec> {
        let offering = kinds.iter().filter(|kind| kind.offers(self.feature));
        offering.flat_map(|kind| self.of(kind.name).specs(kinds)).collect()
    }
}

/// A right: a flag in scope `admin`, in scope `user`, or in both. Who asks decides which of them counts.
#[derive(Clone)]
pub struct Right {
    name: Cow<'static, str>,
    scopes: &'static [Scope],
    about: About,
}

impl Right {
    /// Declares a right. Use [`rights!`](crate::rights).
    pub const fn new(name: &'static str, scopes: &'static [Scope], about: About) -> Self {
        Self { name: Cow::Borrowed(name), scopes, about }
    }

    /// Its name in policies.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The scopes in which it can be granted.
    pub fn scopes(&self) -> &'static [Scope] {
        self.scopes
    }
}

impl Declared for Right {
    fn specs(&self, _: &[Kind]) -> Vec<Spec> {
        self.scopes.iter().map(|scope| spec::<Flag>(*scope, self.name.to_string(), self.about, None, false)).collect()
    }
}

/// One right for each token kind that offers `feature`.
pub struct RightFamily {
    pattern: &'static str,
    feature: &'static str,
    scopes: &'static [Scope],
    about: About,
}

impl RightFamily {
    /// Declares a family. Use [`rights!`](crate::rights) with `for "feature"`.
    pub const fn new((pattern, feature): (&'static str, &'static str), scopes: &'static [Scope], about: About) -> Self {
        Self { pattern, feature, scopes, about }
    }

    /// The right for one token kind.
    pub fn of(&self, kind: &str) -> Right {
        Right { name: Cow::Owned(expand(self.pattern, kind)), scopes: self.scopes, about: self.about }
    }
}

impl Declared for RightFamily {
    fn specs(&self, kinds: &[Kind]) -> Vec<Spec> {
        let offering = kinds.iter().filter(|kind| kind.offers(self.feature));
        offering.flat_map(|kind| self.of(kind.name).specs(kinds)).collect()
    }
}

/// Declares actions of one scope (or of `admin` and `user`) as statics, and the list `ACTIONS` of them all:
///
/// ```
/// use mfa::policy::{Scope, Words};
/// mfa::actions! { Scope::Enrollment;
///     /// Most tokens that one person may have.
///     MAX_TOKENS: u32 = "max_token_per_user", group "token", if |n| *n > 0;
///     /// Token kinds that must prove a first code.
///     VERIFY: Words = "verify_enrollment";
///     /// Most tokens of one kind.
///     MAX_OF_KIND: u32 = "{kind}_max_token_per_user" for "", group "token";
/// }
/// ```
#[macro_export]
macro_rules! actions {
    ($($scope:expr),+; $($(#[doc = $doc:expr])+ $name:ident : $ty:ty = $text:literal $(for $feature:literal)?
        $(, group $group:literal)? $(, default $default:expr)? $(, if $check:expr)? ;)+) => {
        const SCOPES: &[$crate::policy::Scope] = &[$($scope),+];
        $($(#[doc = $doc])+
        pub static $name: $crate::action_type!($ty $(, $feature)?) = <$crate::action_type!($ty $(, $feature)?)>::new(
            SCOPES,
            $crate::action_name!($text $(, $feature)?),
            $crate::policy::actions::about(concat!($($doc),+), concat!($($group)?), &[]),
            $crate::optional!($(|| $default)?),
            $crate::optional!($($check)?),
        );)+
        /// Every action declared here.
        pub(crate) static ACTIONS: &[&dyn $crate::policy::Declared] = &[$(&$name),+];
    };
}

/// Declares rights as statics, and the list `RIGHTS` of them all:
///
/// ```
/// mfa::rights! {
///     /// Enable tokens.
///     ENABLE = "enable" in admin user, group "token", menus "tokens";
///     /// Enrol tokens of a kind.
///     ENROLL = "enroll{KIND}" for "" in admin user, group "enrollment", menus "tokens";
/// }
/// ```
#[macro_export]
macro_rules! rights {
    ($($(#[doc = $doc:expr])+ $name:ident = $text:literal $(for $feature:literal)? in $($scope:ident)+
        $(, group $group:literal)? $(, menus $($menu:literal)+)? ;)+) => {
        $($(#[doc = $doc])+
        pub static $name: $crate::right_type!($($feature)?) = <$crate::right_type!($($feature)?)>::new(
            $crate::action_name!($text $(, $feature)?),
            &[$($crate::right_scope!($scope)),+],
            $crate::policy::actions::about(concat!($($doc),+), concat!($($group)?), &[$($($menu),+)?]),
        );)+
        /// Every right declared here.
        pub(crate) static RIGHTS: &[&dyn $crate::policy::Declared] = &[$(&$name),+];
    };
}

/// Part of [`actions!`].
#[doc(hidden)]
#[macro_export]
macro_rules! action_type {
    ($ty:ty) => { $crate::policy::Action<$ty> };
    ($ty:ty, $feature:literal) => { $crate::policy::Family<$ty> };
}

/// Part of [`actions!`].
#[doc(hidden)]
#[macro_export]
macro_rules! action_name {
    ($text:literal) => {
        $text
    };
    ($text:literal, $feature:literal) => {
        ($text, $feature)
    };
}

/// Part of [`rights!`].
#[doc(hidden)]
#[macro_export]
macro_rules! right_type {
    () => {
        $crate::policy::Right
    };
    ($feature:literal) => {
        $crate::policy::RightFamily
    };
}

/// Part of [`rights!`].
#[doc(hidden)]
#[macro_export]
macro_rules! right_scope {
    (admin) => {
        $crate::policy::Scope::Admin
    };
    (user) => {
        $crate::policy::Scope::User
    };
}

/// Part of [`actions!`].
#[doc(hidden)]
#[macro_export]
macro_rules! optional {
    () => {
        None
    };
    ($e:expr) => {
        Some($e)
    };
}
