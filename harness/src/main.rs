//! H.
fn main() {}
