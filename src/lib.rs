//! Symbolon.
