//! Real peers against a started Symbolon.
