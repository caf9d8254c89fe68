//! The parameters, with the names and defaults that existing configurations have, and sets of them for usual directories.

use crate::resolvers::ParamType::{Bool, Int, Password, Text};
use crate::resolvers::{Param, ParamType, Preset};

const fn param(name: &'static str, ty: ParamType, default: Option<&'static str>, doc: &'static str) -> Param {
    Param { name, ty, default, doc }
}

/// All parameters.
pub(super) static PARAMS: &[Param] = &[
    param("LDAPURI", Text, None, "Servers, separated by commas: ldap://host:port or ldaps://host:port."),
    param("LDAPBASE", Text, None, "The name below which people are."),
    param("BINDDN", Text, Some(""), "The name of the account that searches."),
    param("BINDPW", Password, Some(""), "Its password."),
    param(
        "AUTHTYPE",
        Text,
        Some("Simple"),
        "Simple, Anonymous, or SASL Kerberos (needs TLS). SASL Digest-MD5 and NTLM are kept but refused.",
    ),
    param(
        "KEYTABFILE",
        Text,
        Some(""),
        "For SASL Kerberos: the file with the keys of BINDDN, which is name@REALM then. Without it, BINDPW is the password in the domain.",
    ),
    param(
        "KERBEROS_KDC",
        Text,
        Some(""),
        "For SASL Kerberos: key distribution centres, host or host:port, separated by commas; those of /etc/krb5.conf without it.",
    ),
    param(
        "LOGINNAMEATTRIBUTE",
        Text,
        None,
        "Attributes by which people sign in, separated by commas; the first is the login name.",
    ),
    param("LDAPSEARCHFILTER", Text, Some("(objectClass=*)"), "The filter that people meet."),
    param("USERINFO", Text, Some("{}"), "JSON object: our attribute to the attribute of the directory."),
    param("MULTIVALUEATTRIBUTES", Text, Some("[\"mobile\"]"), "JSON list: our attributes that are lists."),
    param("UIDTYPE", Text, Some("DN"), "What identifies people for ever: DN, entryUUID, objectGUID or another attribute."),
    param("SCOPE", Text, Some("SUBTREE"), "How deep below the base people are: SUBTREE, LEVEL or BASE."),
    param("TIMEOUT", Int, Some("5"), "Seconds to wait for a connection or an answer."),
    param("CACHE_TIMEOUT", Int, Some("120"), "Seconds for which what was read may be used again."),
    param("SIZELIMIT", Int, Some("500"), "People in the result of one search at most."),
    param("NOREFERRALS", Bool, Some("False"), "Do not follow referrals to other servers."),
    param("NOSCHEMAS", Bool, Some("False"), "Kept; the schema is never read."),
    param("START_TLS", Bool, Some("False"), "Encrypt ldap:// connections by StartTLS."),
    param(
        "TLS_VERIFY",
        Bool,
        Some("False"),
        "Check certificate and name of the server. Without it, anybody on the way reads the passwords.",
    ),
    param(
        "TLS_VERSION",
        Text,
        Some(""),
        "Oldest version of TLS: 1.2 (also as 2, 3, 4 or 5) or 1.3. Older ones are never spoken.",
    ),
    param("TLS_CA_FILE", Text, Some(""), "Certificates that are trusted, as file or as PEM; those of the system without it."),
    param("CACERTIFICATE", Text, Some(""), "The former name of TLS_CA_FILE."),
    param("SERVERPOOL_STRATEGY", Text, Some("ROUND_ROBIN"), "Which server is asked: ROUND_ROBIN, FIRST or RANDOM."),
    param("SERVERPOOL_ROUNDS", Int, Some("2"), "How often all servers are tried before giving up."),
    param("SERVERPOOL_SKIP", Int, Some("30"), "Seconds for which a server that did not answer is left out."),
    param("SERVERPOOL_PERSISTENT", Bool, Some("False"), "Kept; connections are always used again."),
    param("EDITABLE", Bool, Some("False"), "People can be created, changed and deleted through us."),
    param("OBJECT_CLASSES", Text, Some(""), "Object classes of new entries, separated by commas."),
    param("DN_TEMPLATE", Text, Some(""), "Name of new entries, with <username>, <givenname>, <surname> and <basedn>."),
    param("recursive_group_search", Bool, Some("False"), "Look up the groups of a person, nested ones included."),
    param("group_base_dn", Text, Some(""), "The name below which groups are; LDAPBASE without it."),
    param(
        "group_search_filter",
        Text,
        Some(""),
        "The filter of a person's groups, with {dn}, {base_dn}, {username} and other attributes in braces.",
    ),
    param("group_name_attribute", Text, Some(""), "The attribute that names a group."),
    param("group_attribute_mapping_key", Text, Some(""), "Our attribute that takes the names of the groups."),
];

const PEOPLE: &str =
    r#"{"phone": "telephoneNumber", "mobile": "mobile", "email": "mail", "surname": "sn", "givenname": "givenName"}"#;

/// Values for usual directories. What is given besides wins.
pub(super) static PRESETS: &[Preset] = &[
    Preset {
        name: "openldap",
        description: "OpenLDAP with inetOrgPerson",
        values: &[
            ("LOGINNAMEATTRIBUTE", "uid"),
            ("LDAPSEARCHFILTER", "(&(uid=*)(objectClass=inetOrgPerson))"),
            ("USERINFO", PEOPLE),
            ("UIDTYPE", "entryUUID"),
            ("OBJECT_CLASSES", "inetOrgPerson"),
            ("DN_TEMPLATE", "uid=<username>,<basedn>"),
        ],
    },
    Preset {
        name: "activedirectory",
        description: "Active Directory",
        values: &[
            ("LOGINNAMEATTRIBUTE", "sAMAccountName"),
            ("LDAPSEARCHFILTER", "(&(sAMAccountName=*)(objectCategory=person)(objectClass=user))"),
            (
                "USERINFO",
                r#"{"phone": "telephoneNumber", "mobile": "mobile", "email": "mail", "surname": "sn", "givenname": "givenName", "upn": "userPrincipalName"}"#,
            ),
            ("UIDTYPE", "objectGUID"),
            ("NOREFERRALS", "True"),
            ("OBJECT_CLASSES", "top,person,organizationalPerson,user"),
            ("DN_TEMPLATE", "CN=<username>,CN=Users,<basedn>"),
            ("group_search_filter", "(&(objectClass=group)(member:1.2.840.113556.1.4.1941:={dn}))"),
            ("group_name_attribute", "sAMAccountName"),
            ("group_attribute_mapping_key", "groups"),
        ],
    },
    Preset {
        name: "freeipa",
        description: "FreeIPA",
        values: &[
            ("LOGINNAMEATTRIBUTE", "uid"),
            ("LDAPSEARCHFILTER", "(&(uid=*)(objectClass=posixAccount))"),
            ("USERINFO", PEOPLE),
            ("UIDTYPE", "ipaUniqueID"),
        ],
    },
    Preset {
        name: "389ds",
        description: "389 Directory Server",
        values: &[
            ("LOGINNAMEATTRIBUTE", "uid"),
            ("LDAPSEARCHFILTER", "(&(uid=*)(objectClass=person))"),
            ("USERINFO", PEOPLE),
            ("UIDTYPE", "nsUniqueId"),
            ("OBJECT_CLASSES", "inetOrgPerson"),
            ("DN_TEMPLATE", "uid=<username>,<basedn>"),
        ],
    },
    Preset {
        name: "generic",
        description: "Any other directory",
        values: &[
            ("LOGINNAMEATTRIBUTE", "uid"),
            ("LDAPSEARCHFILTER", "(&(uid=*)(objectClass=person))"),
            ("USERINFO", PEOPLE),
            ("UIDTYPE", "DN"),
        ],
    },
];
