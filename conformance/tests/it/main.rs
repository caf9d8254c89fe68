//! One binary for all peers: each file holds one property or one peer.

mod crash;
mod race;
mod stolen;
