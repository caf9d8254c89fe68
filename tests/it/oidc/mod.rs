mod attacks;
mod claims;
mod tokens;
