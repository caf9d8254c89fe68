mod assets;
mod language;
mod sign_in;
