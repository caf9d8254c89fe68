//! One binary for all peers.
