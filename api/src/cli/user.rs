//! `basalt user`: people who may sign in, straight on the database of this machine.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::{Context, bail};
use basalt_model::Principal;
use clap::{Subcommand, ValueEnum};
use serde_json::{Map, Value, json};

use crate::{Config, services::RecordSide};

#[derive(Subcommand)]
pub enum UserCommand {
    /// Add a person; the password is read from the terminal or from standard input
    Add {
        login: String,
        #[arg(long)]
        name: Option<String>,
        #[arg(long)]
        email: Option<String>,
        /// admin, manager, sales, marketer or analyst
        #[arg(long, default_value = "sales")]
        profile: String,
        #[arg(long, default_value = "en")]
        locale: String,
    },
    /// Set a person's password and end their sessions
    Password { login: String },
    /// Make an API key or an SQL token
    Token {
        login: String,
        #[arg(long, value_enum, default_value_t)]
        kind: Kind,
        #[arg(long, default_value = "command line")]
        name: String,
        #[arg(long, default_value_t = 90)]
        days: u32,
    },
}

#[derive(Clone, Copy, Default, ValueEnum)]
pub enum Kind {
    #[default]
    Api,
    Sql,
}

pub async fn run(config: Config, command: UserCommand) -> anyhow::Result<()> {
    let records = RecordSide::borrow_or_start(&config).await?;
    let outcome = act(&config, &records, command).await;
    records.stop().await;
    outcome
}

async fn act(config: &Config, records: &RecordSide, command: UserCommand) -> anyhow::Result<()> {
    let auth = records.auth();
    match command {
        UserCommand::Add {
            login,
            name,
            email,
            profile,
            locale,
        } => {
            let password = read_password(&login)?;
            let profiles = auth.profiles().await?;
            if !profiles.contains(&profile) {
                bail!(
                    "there is no profile {profile:?}; choose one of {}",
                    profiles.join(", ")
                );
            }
            let Value::Object(fields) = json!({ "login": login, "name": name.as_ref().unwrap_or(&login), "email": email, "profile": profile, "locale": locale, "active": true })
            else {
                unreachable!("an object literal is an object");
            };
            let fields: Map<String, Value> = fields
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .collect();
            let saved = records
                .store()
                .create(&Principal::system(), "user", fields)
                .await?;
            auth.set_password(saved.id, &password).await?;
            println!("{login} can sign in.");
        }
        UserCommand::Password { login } => {
            let user = find(records, &login).await?;
            auth.set_password(user, &read_password(&login)?).await?;
            println!("The password of {login} is changed; open sessions have ended.");
        }
        UserCommand::Token {
            login,
            kind: Kind::Api,
            name,
            days,
        } => {
            let made = auth
                .create_api_key(find(records, &login).await?, &name, days, &[])
                .await?;
            println!("{}", made.key);
            eprintln!(
                "Valid until {}. It is not shown again: export BASALT_API_KEY=…",
                made.expires_at.format("%Y-%m-%d")
            );
        }
        UserCommand::Token {
            login,
            kind: Kind::Sql,
            name,
            days,
        } => {
            let made = auth
                .create_sql_token(find(records, &login).await?, &name, days)
                .await?;
            println!(
                "postgres://{}:{}@{}/basalt?sslmode=require",
                made.username, made.password, config.sql
            );
            eprintln!(
                "Valid until {}. It is not shown again.",
                made.expires_at.format("%Y-%m-%d")
            );
        }
    }
    Ok(())
}

async fn find(records: &RecordSide, login: &str) -> anyhow::Result<i64> {
    records
        .auth()
        .user_id_of(login)
        .await
        .with_context(|| format!("{login:?}"))
}

/// One line of standard input, hidden on a terminal.
fn read_password(login: &str) -> anyhow::Result<String> {
    let input = std::io::stdin();
    let hidden = input.is_terminal().then(|| {
        eprint!("Password for {login}: ");
        let _ = std::io::stderr().flush();
        HiddenInput::begin()
    });
    let mut line = String::new();
    input
        .lock()
        .read_line(&mut line)
        .context("reading the password")?;
    if hidden.is_some() {
        eprintln!();
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Turns the terminal's echo off as long as it lives.
struct HiddenInput;

impl HiddenInput {
    fn begin() -> Self {
        stty("-echo");
        Self
    }
}

impl Drop for HiddenInput {
    fn drop(&mut self) {
        stty("echo");
    }
}

fn stty(mode: &str) {
    // Without stty the password is merely seen.
    let _ = std::process::Command::new("stty")
        .arg(mode)
        .stdin(std::process::Stdio::inherit())
        .status();
}
