mod auth;
mod envelope;
mod oidcclient;
mod openapi;
mod policy;
mod realm;
mod system;
mod user;
