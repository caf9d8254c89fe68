mod assets;
mod language;
