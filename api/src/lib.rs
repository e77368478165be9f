//! The REST API, the browser application's server and the `basalt` program.
//!
//! - [`router`]: every route in one list; [`routes`]: the handlers, one file a subject.
//! - [`caller`]: who calls and what a signature lets them do; [`problem`]: how refusals look.
//! - [`services`]: all parts of one machine's Basalt, started and stopped in order.
//! - [`cli`]: the command line.

pub mod app;
pub mod caller;
pub mod cli;
pub mod config;
pub mod context;
pub mod data_dir;
pub mod demo;
pub mod events;
pub mod idempotency;
pub mod input;
pub mod openapi;
pub mod problem;
pub mod router;
pub mod routes;
pub mod security;
pub mod services;
pub mod web;

pub use app::App;
pub use config::Config;
pub use services::Node;
