//! Attributes, declared once (RFC 7643 sections 3.1, 4 and 7): what is published, and by what everything else goes.

mod declared;
mod published;

pub use declared::{COMMON, ENTERPRISE, GROUP, USER};

/// Kinds of value (RFC 7643 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text.
    Text,
    /// A truth value.
    Bool,
    /// A moment.
    Moment,
    /// A URI.
    Reference,
    /// An object with attributes of its own.
    Complex,
}

impl Type {
    const fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Bool => "boolean",
            Self::Moment => "dateTime",
            Self::Reference => "reference",
            Self::Complex => "complex",
        }
    }
}

/// Who may change a value, and when (RFC 7643 section 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutability {
    /// Only the server.
    ReadOnly,
    /// Clients.
    ReadWrite,
    /// Clients, at the beginning.
    Immutable,
    /// Clients; nobody reads it.
    WriteOnly,
}

impl Mutability {
    const fn name(self) -> &'static str {
        match self {
            Self::ReadOnly => "readOnly",
            Self::ReadWrite => "readWrite",
            Self::Immutable => "immutable",
            Self::WriteOnly => "writeOnly",
        }
    }
}

/// When an attribute is part of an answer (RFC 7643 section 2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// Always.
    Always,
    /// Unless it is excluded, or others are asked for.
    Default,
    /// Never.
    Never,
}

impl Returned {
    const fn name(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Default => "default",
            Self::Never => "never",
        }
    }
}

/// One attribute.
#[derive(Debug)]
pub struct Attr {
    /// Its name.
    pub name: &'static str,
    /// For people.
    pub doc: &'static str,
    /// What its values are.
    pub ty: Type,
    /// Whether it has several.
    pub multi: bool,
    /// Whether it must be there.
    pub required: bool,
    /// Whether upper and lower case differ.
    pub exact: bool,
    /// Whether text may have several lines.
    pub lines: bool,
    /// Who may change it.
    pub mutability: Mutability,
    /// When it is shown.
    pub returned: Returned,
    /// Whether two resources may not have the same value.
    pub unique: bool,
    /// Usual values.
    pub values: &'static [&'static str],
    /// What it refers to.
    pub refs: &'static [&'static str],
    /// Attributes of its objects.
    pub subs: &'static [Attr],
}

impl Attr {
    const fn of(name: &'static str, doc: &'static str, ty: Type) -> Self {
        Self {
            name,
            doc,
            ty,
            multi: false,
            required: false,
            exact: false,
            lines: false,
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            unique: false,
            values: &[],
            refs: &[],
            subs: &[],
        }
    }

    const fn text(name: &'static str, doc: &'static str) -> Self {
        Self::of(name, doc, Type::Text)
    }

    const fn boolean(name: &'static str, doc: &'static str) -> Self {
        Self::of(name, doc, Type::Bool)
    }

    const fn moment(name: &'static str, doc: &'static str) -> Self {
        Self::of(name, doc, Type::Moment)
    }

    const fn reference(name: &'static str, doc: &'static str, refs: &'static [&'static str]) -> Self {
        Self { refs, exact: true, ..Self::of(name, doc, Type::Reference) }
    }

    const fn complex(name: &'static str, doc: &'static str, subs: &'static [Attr]) -> Self {
        Self { subs, ..Self::of(name, doc, Type::Complex) }
    }

    const fn multi(self) -> Self {
        Self { multi: true, ..self }
    }

    const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    const fn exact(self) -> Self {
        Self { exact: true, ..self }
    }

    const fn lines(self) -> Self {
        Self { lines: true, ..self }
    }

    const fn unique(self) -> Self {
        Self { unique: true, ..self }
    }

    const fn read_only(self) -> Self {
        Self { mutability: Mutability::ReadOnly, ..self }
    }

    const fn immutable(self) -> Self {
        Self { mutability: Mutability::Immutable, ..self }
    }

    const fn secret(self) -> Self {
        Self { mutability: Mutability::WriteOnly, returned: Returned::Never, ..self }
    }

    const fn always(self) -> Self {
        Self { returned: Returned::Always, ..self }
    }

    const fn usual(self, values: &'static [&'static str]) -> Self {
        Self { values, ..self }
    }

    /// The attribute of this name among its own, in any case (RFC 7643 section 2.1).
    pub fn sub(&self, name: &str) -> Option<&'static Attr> {
        find(self.subs, name)
    }

    /// Whether clients may give it a value.
    pub fn writable(&self) -> bool {
        self.mutability != Mutability::ReadOnly
    }
}

/// The attribute of this name, in any case.
pub fn find(attrs: &'static [Attr], name: &str) -> Option<&'static Attr> {
    attrs.iter().find(|attr| attr.name.eq_ignore_ascii_case(name))
}

/// A schema (RFC 7643 section 7).
#[derive(Debug)]
pub struct Schema {
    /// Its URN.
    pub urn: &'static str,
    /// Its name.
    pub name: &'static str,
    /// For people.
    pub doc: &'static str,
    /// Its attributes.
    pub attrs: &'static [Attr],
}

/// A type of resource (RFC 7643 section 6).
#[derive(Debug)]
pub struct Resource {
    /// Its name.
    pub name: &'static str,
    /// Where it is, below the base.
    pub endpoint: &'static str,
    /// For people.
    pub doc: &'static str,
    /// Its schema.
    pub core: &'static Schema,
    /// What extends it; none is required.
    pub extensions: &'static [&'static Schema],
}

/// Every type of resource.
pub static RESOURCES: &[&Resource] = &[&USER, &GROUP];

/// Every schema.
pub fn schemas() -> Vec<&'static Schema> {
    RESOURCES.iter().flat_map(|resource| std::iter::once(resource.core).chain(resource.extensions.iter().copied())).collect()
}
