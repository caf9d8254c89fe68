//! Real servers for tests, started on free loopback ports with generated configuration in temporary directories. What a test
//! starts ends with the value that it holds. To add one: one file that starts it; its Debian package goes into `scripts/install`.

mod authority;
mod kerberos;
mod process;
mod samba;
mod slapd;
mod slapd_kerberos;

pub use authority::Authority;
pub use kerberos::{KERBEROS_REALM, Kdc};
pub use process::{Process, free_port, wait_for_port};
pub use samba::{AD_ADMIN, AD_BASE, AD_PASSWORD, Samba};
pub use slapd::{BASE, Options, PASSWORD, ROOT, ROOT_PASSWORD, Slapd};
