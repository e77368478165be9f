//! Asking the running server over its REST API.

use anyhow::{Context, bail};
use clap::Args;
use reqwest::{Client, Response, StatusCode};
use serde_json::Value;
use url::Url;

use crate::Config;

#[derive(Args)]
pub struct Server {
    /// Address of the server; by default the one on this machine
    #[arg(long, env = "BASALT_SERVER", value_name = "URL")]
    server: Option<Url>,
    /// API key of the person who asks (make one in the web application, or with `basalt user token`)
    #[arg(
        long,
        env = "BASALT_API_KEY",
        value_name = "KEY",
        hide_env_values = true
    )]
    key: Option<String>,
}

impl Server {
    pub async fn get(&self, config: &Config, path: &str) -> anyhow::Result<Value> {
        let request = client()?
            .get(self.address(config, path)?)
            .bearer_auth(self.key()?);
        read(request.send().await, path).await
    }

    pub async fn post(&self, config: &Config, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = client()?
            .post(self.address(config, path)?)
            .bearer_auth(self.key()?)
            .json(body);
        read(request.send().await, path).await
    }

    /// Sends something that is answered without a body.
    pub async fn put(&self, config: &Config, path: &str, body: &Value) -> anyhow::Result<()> {
        let request = client()?
            .put(self.address(config, path)?)
            .bearer_auth(self.key()?)
            .json(body);
        read(request.send().await, path).await.map(drop)
    }

    fn address(&self, config: &Config, path: &str) -> anyhow::Result<Url> {
        let base = match &self.server {
            Some(server) => server.clone(),
            None => Url::parse(&format!("http://{}", config.http))?,
        };
        Ok(base.join(path)?)
    }

    fn key(&self) -> anyhow::Result<&str> {
        self.key.as_deref().context("an API key is needed: set BASALT_API_KEY (basalt user token <login> makes one), or use --local while the server is stopped")
    }
}

fn client() -> anyhow::Result<Client> {
    Ok(Client::builder()
        .timeout(std::time::Duration::from_secs(120))
        .connect_timeout(std::time::Duration::from_secs(5))
        .build()?)
}

async fn read(answer: reqwest::Result<Response>, path: &str) -> anyhow::Result<Value> {
    let answer = match answer {
        Err(error) if error.is_connect() => {
            bail!("no Basalt answers there: start it with `basalt up`, or name it with --server")
        }
        other => other.with_context(|| format!("asking for {path}"))?,
    };
    let status = answer.status();
    if status == StatusCode::NO_CONTENT {
        return Ok(Value::Null);
    }
    let body: Value = answer
        .json()
        .await
        .with_context(|| format!("the answer to {path} ({status}) is not JSON"))?;
    if !status.is_success() {
        bail!(
            "{}",
            body["message"]
                .as_str()
                .unwrap_or("the server refused without a reason")
        );
    }
    Ok(body)
}
