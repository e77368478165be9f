//! `basalt up`: everything on this machine, until told to stop.

use std::pin::pin;

use crate::{Config, Node, services::told_to_stop};

pub async fn run(config: Config) -> anyhow::Result<()> {
    let mut told = pin!(told_to_stop());
    let mut start = Box::pin(Node::start(config));
    let node = tokio::select! {
        node = &mut start => node?,
        () = &mut told => {
            // What has begun to start is stopped in order, Postgres included.
            start.await?.stop().await;
            return Ok(());
        }
    };
    println!("Basalt is open at {}", node.url());
    println!("  REST API   {}api/docs", node.url());
    println!(
        "  SQL door   psql \"host={} port={} dbname=basalt user=<token user> sslmode=require\"",
        node.sql().ip(),
        node.sql().port()
    );
    if let Some(mailbox) = node.app().mailbox() {
        println!(
            "  Mailbox    {}mailbox (mail goes nowhere else; SMTP at {})",
            node.url(),
            mailbox.address()
        );
    }
    if node.app().auth().has_nobody().await? {
        println!(
            "Nobody can sign in yet. In another terminal: basalt user add <login> --profile admin"
        );
    }
    println!("Ctrl-C stops it.");
    told.await;
    println!("Stopping …");
    node.stop().await;
    Ok(())
}
