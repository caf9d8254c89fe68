//! The attributes of users and groups.

use super::{Attr, Resource, Schema};

const META: &[Attr] = &[
    Attr::text("resourceType", "The type of the resource.").exact().read_only(),
    Attr::moment("created", "When it was made.").read_only(),
    Attr::moment("lastModified", "When it was last changed.").read_only(),
    Attr::reference("location", "Where it is.", &["uri"]).read_only(),
    Attr::text("version", "Its entity tag.").exact().read_only(),
];

/// What every resource has (RFC 7643 section 3.1). It belongs to no schema and is not published.
pub static COMMON: &[Attr] = &[
    Attr::text("id", "Our identifier.").exact().read_only().always(),
    Attr::text("externalId", "The identifier of the provisioning client.").exact(),
    Attr::complex("meta", "About the resource.", META).read_only(),
];

const NAME: &[Attr] = &[
    Attr::text("formatted", "The full name as it is shown."),
    Attr::text("familyName", "The family name."),
    Attr::text("givenName", "The given name."),
    Attr::text("middleName", "The middle name."),
    Attr::text("honorificPrefix", "What comes before the name, such as a title."),
    Attr::text("honorificSuffix", "What comes after the name."),
];

const PRIMARY: Attr = Attr::boolean("primary", "Whether it is the preferred one; at most one is.");
const DISPLAY: Attr = Attr::text("display", "How it is shown.");

const EMAIL: &[Attr] = &[
    Attr::text("value", "The mail address."),
    DISPLAY,
    Attr::text("type", "What it is used for.").usual(&["work", "home", "other"]),
    PRIMARY,
];

const PHONE: &[Attr] = &[
    Attr::text("value", "The telephone number."),
    DISPLAY,
    Attr::text("type", "What it is used for.").usual(&["work", "home", "mobile", "fax", "pager", "other"]),
    PRIMARY,
];

const ADDRESS: &[Attr] = &[
    Attr::text("formatted", "The whole address as it is shown.").lines(),
    Attr::text("streetAddress", "Street and number.").lines(),
    Attr::text("locality", "City."),
    Attr::text("region", "State or region."),
    Attr::text("postalCode", "Postal code."),
    Attr::text("country", "Country."),
    Attr::text("type", "What it is used for.").usual(&["work", "home", "other"]),
    PRIMARY,
];

const VALUE: &[Attr] = &[Attr::text("value", "The value."), DISPLAY, Attr::text("type", "Of which kind it is."), PRIMARY];

const GROUPS: &[Attr] = &[
    Attr::text("value", "The id of the group.").exact().read_only(),
    Attr::reference("$ref", "Where the group is.", &["Group"]).read_only(),
    Attr::text("display", "The name of the group.").read_only(),
    Attr::text("type", "Whether the user is a member, or a group is of which the user is a member.")
        .read_only()
        .usual(&["direct", "indirect"]),
];

static USER_SCHEMA: Schema = Schema {
    urn: "urn:ietf:params:scim:schemas:core:2.0:User",
    name: "User",
    doc: "A person",
    attrs: &[
        Attr::text("userName", "The name with which the person signs in.").required().unique(),
        Attr::complex("name", "The parts of the name.", NAME),
        Attr::text("displayName", "The name as it is shown."),
        Attr::text("nickName", "What the person is called."),
        Attr::reference("profileUrl", "A page about the person.", &["external"]),
        Attr::text("title", "The person's function."),
        Attr::text("userType", "The person's relation to the organization."),
        Attr::text("preferredLanguage", "The language that the person prefers."),
        Attr::text("locale", "Language and region of the person."),
        Attr::text("timezone", "The person's time zone."),
        Attr::boolean("active", "Whether the person may sign in. When it becomes false, every session ends."),
        Attr::text("password", "The password. It can be set, and never be read.").exact().secret(),
        Attr::complex("emails", "Mail addresses.", EMAIL).multi(),
        Attr::complex("phoneNumbers", "Telephone numbers.", PHONE).multi(),
        Attr::complex("addresses", "Addresses.", ADDRESS).multi(),
        Attr::complex("entitlements", "What the person is entitled to.", VALUE).multi(),
        Attr::complex("roles", "The person's roles.", VALUE).multi(),
        Attr::complex("groups", "The groups to which the person belongs; changed at the groups.", GROUPS).multi().read_only(),
    ],
};

const MANAGER: &[Attr] =
    &[Attr::text("value", "The id of the manager.").exact(), Attr::reference("$ref", "Where the manager is.", &["User"])];

/// The extension for enterprises (RFC 7643 section 4.3).
pub static ENTERPRISE: Schema = Schema {
    urn: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    name: "EnterpriseUser",
    doc: "A person of an organization",
    attrs: &[
        Attr::text("employeeNumber", "The number that the organization has given to the person."),
        Attr::text("costCenter", "The cost center."),
        Attr::text("organization", "The organization."),
        Attr::text("division", "The division."),
        Attr::text("department", "The department."),
        Attr::complex("manager", "The person's manager.", MANAGER),
    ],
};

/// Users (RFC 7643 section 4.1).
pub static USER: Resource =
    Resource { name: "User", endpoint: "/Users", doc: "A person who signs in", core: &USER_SCHEMA, extensions: &[&ENTERPRISE] };

const MEMBERS: &[Attr] = &[
    Attr::text("value", "The id of the member.").exact().immutable(),
    Attr::reference("$ref", "Where the member is.", &["User", "Group"]).immutable(),
    Attr::text("type", "What the member is.").immutable().usual(&["User", "Group"]),
];

static GROUP_SCHEMA: Schema = Schema {
    urn: "urn:ietf:params:scim:schemas:core:2.0:Group",
    name: "Group",
    doc: "A group of people",
    attrs: &[
        Attr::text("displayName", "The name of the group.").required().unique(),
        Attr::complex("members", "Who belongs to it: people, and groups with all who belong to them.", MEMBERS).multi(),
    ],
};

/// Groups (RFC 7643 section 4.2).
pub static GROUP: Resource =
    Resource { name: "Group", endpoint: "/Groups", doc: "A group of people", core: &GROUP_SCHEMA, extensions: &[] };
