mod cookies;
mod headers;
mod health;
mod host;
mod tls;
mod unknown;
