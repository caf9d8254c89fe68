mod assets;
mod language;
mod notices;
mod session;
mod sign_in;
