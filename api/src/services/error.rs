//! Why Basalt can't start, each with the way out.

use std::{io, net::SocketAddr};

use basalt_cluster::ClusterError;

use crate::data_dir::DataDirError;

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(
        "{what} can't listen on {address}: another program does. Stop it, or set {variable} to another address"
    )]
    PortTaken {
        what: &'static str,
        variable: &'static str,
        address: SocketAddr,
    },
    #[error(
        "{what} can't listen on {address} ({source}): set {variable} to an address of this machine"
    )]
    Listen {
        what: &'static str,
        variable: &'static str,
        address: SocketAddr,
        source: io::Error,
    },
    #[error("the address of a listening socket can't be read: {0}")]
    Address(io::Error),
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    #[error(transparent)]
    Postgres(#[from] ClusterError),
    #[error("the database can't be used: {0}")]
    Records(#[from] basalt_oltp::Error),
    #[error("the lake can't be opened: {0}")]
    Lake(#[from] basalt_warehouse::Error),
    #[error("changes can't be captured: {0}")]
    Capture(#[from] basalt_ingest::Error),
    #[error("the query engine can't start: {0}")]
    Engine(#[from] basalt_query::Error),
    #[error("{0}. Set BASALT_MAILBOX_ADDR to another address, or BASALT_SMTP to a mail server")]
    Mailbox(String),
    #[error("reports can't start: {0}")]
    Reports(String),
    #[error("BASALT_SMTP can't be used: {0}")]
    Smtp(String),
}

impl StartError {
    pub(super) fn mailbox(error: impl std::fmt::Display) -> Self {
        Self::Mailbox(error.to_string())
    }
}
