mod assets;
mod kerberos;
mod language;
mod notices;
mod outage;
mod session;
mod sign_in;
