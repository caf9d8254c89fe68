//! One binary for all peers: each file holds one property or one peer.

#![allow(unreachable_pub, reason = "nobody imports a test binary")]

mod artifacts;
mod attribute_queries;
mod crash;
mod database_tls;
mod durability;
mod enumeration;
mod kerberos;
mod ldap;
mod ldap_kerberos;
mod mail;
mod main_job;
mod mod_auth_mellon;
mod mod_auth_openidc;
mod new_password;
mod outage;
mod portal;
mod race;
mod scale;
mod scim;
mod service_providers;
mod single_logout;
mod sql;
mod stolen;
mod web_stores;
