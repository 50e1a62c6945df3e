//! CIMI.
