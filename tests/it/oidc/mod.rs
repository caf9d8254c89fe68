mod attacks;
mod tokens;
