mod assets;
mod language;
mod notices;
mod sign_in;
