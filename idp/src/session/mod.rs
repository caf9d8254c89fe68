//! Single sign-on sessions: who is signed in at this browser, on what evidence, and at which parties.

mod evidence;

pub use evidence::Evidence;
