mod assets;
mod kerberos;
mod language;
mod notices;
mod outage;
mod pin;
mod session;
mod sign_in;
