mod headers;
mod health;
mod host;
mod unknown;
