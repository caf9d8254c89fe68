//! One binary for all peers: each file holds one property or one peer.

mod crash;
mod durability;
mod ldap;
mod mail;
mod main_job;
mod mod_auth_openidc;
mod portal;
mod race;
mod stolen;
