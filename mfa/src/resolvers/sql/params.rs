//! The parameters, with the names and defaults that existing configurations have, and sets of them for usual programs.

use crate::resolvers::ParamType::{Bool, Int, Password, Text};
use crate::resolvers::{Param, ParamType, Preset};

const fn param(name: &'static str, ty: ParamType, default: Option<&'static str>, doc: &'static str) -> Param {
    Param { name, ty, default, doc }
}

/// All parameters.
pub(super) static PARAMS: &[Param] = &[
    param(
        "Driver",
        Text,
        None,
        "Kind of database: postgresql, mysql, mariadb or sqlite; what follows a + means nothing. Others are kept but refused.",
    ),
    param("Server", Text, Some(""), "Name or address of the server; for sqlite the directory."),
    param("Port", Text, Some(""), "Port of the server; the usual one without it."),
    param("Database", Text, Some(""), "The database; for sqlite the name of the file."),
    param("User", Text, Some(""), "The account that reads the table."),
    param("Password", Password, Some(""), "Its password."),
    param(
        "conParams",
        Text,
        Some(""),
        "Further parameters of the connection, as name=value joined by &, such as sslmode=verify-full or ssl_ca=/ca.pem.",
    ),
    param("Encoding", Text, Some("latin1"), "Kept; text always travels as UTF-8, and the database converts it."),
    param("Table", Text, None, "The table or view with the people: table or schema.table."),
    param("Limit", Int, Some("100"), "People in the result of one search at most."),
    param(
        "Map",
        Text,
        None,
        "JSON or YAML object: our attribute to the column. userid and username are needed, password for checks.",
    ),
    param(
        "Where",
        Text,
        Some(""),
        "Rows that count: `column operator value`, joined by AND; operators are ==, =, >, < and like.",
    ),
    param("Editable", Bool, Some("False"), "People can be created, changed and deleted through us."),
    param(
        "Password_Hash_Type",
        Text,
        Some("SSHA256"),
        "Format of new password hashes: PHPASS, SHA, SSHA, SSHA256, SSHA512, OTRS, SHA256CRYPT, SHA512CRYPT, MD5CRYPT, BCRYPT or ARGON2ID.",
    ),
    param("poolSize", Int, Some("5"), "Connections at most."),
    param("poolTimeout", Int, Some("10"), "Seconds to wait for a connection, and then for an answer."),
    param("poolRecycle", Int, Some("7200"), "Seconds after which a connection is made anew; -1 for never."),
];

/// Values for the tables of usual programs. What is given besides wins.
pub(super) static PRESETS: &[Preset] = &[
    Preset {
        name: "wordpress",
        description: "WordPress",
        values: &[
            ("Driver", "mysql"),
            ("Table", "wp_users"),
            (
                "Map",
                r#"{"userid": "ID", "username": "user_login", "email": "user_email", "givenname": "display_name", "password": "user_pass"}"#,
            ),
            ("Password_Hash_Type", "PHPASS"),
        ],
    },
    Preset {
        name: "nextcloud",
        description: "Nextcloud and ownCloud",
        values: &[
            ("Driver", "mysql"),
            ("Table", "oc_users"),
            ("Map", r#"{"userid": "uid", "username": "uid", "givenname": "displayname", "password": "password"}"#),
        ],
    },
    Preset {
        name: "drupal",
        description: "Drupal 8 and later",
        values: &[
            ("Driver", "mysql"),
            ("Table", "users_field_data"),
            ("Map", r#"{"userid": "uid", "username": "name", "email": "mail", "password": "pass"}"#),
            ("Where", "status == 1 and default_langcode == 1"),
        ],
    },
    Preset {
        name: "otrs",
        description: "OTRS and Znuny",
        values: &[
            ("Driver", "mysql"),
            ("Table", "users"),
            (
                "Map",
                r#"{"userid": "id", "username": "login", "givenname": "first_name", "surname": "last_name", "password": "pw"}"#,
            ),
            ("Where", "valid_id == 1"),
            ("Password_Hash_Type", "OTRS"),
        ],
    },
];
