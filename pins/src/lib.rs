//! Names every third-party crate of the workspace once, test dependencies included.
//!
//! Cargo unifies the features of the packages selected on one command line. Selecting this crate
//! beside any other (`cargo test -p basalt-oltp -p basalt-pins`) gives every dependency the same
//! features in every build, so that arrow, datafusion and the rest are compiled exactly once.
