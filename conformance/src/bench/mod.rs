//! Measurements: each path of the program beside its bare limit, in one run on one machine, as a ratio.
//!
//! The driver shares the machine's cores with the server, as stated with the figures. Timings never fail a test.

pub mod bare;
pub mod http;
pub mod load;
pub mod report;
