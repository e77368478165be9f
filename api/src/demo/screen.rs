//! What the demonstration shows: one line a step, with the time that it took, and progress.

use std::future::Future;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};

/// The terminal, or a plain log when the output is not one.
#[derive(Debug)]
pub struct Screen {
    begun: Instant,
    interactive: bool,
}

impl Default for Screen {
    fn default() -> Self {
        Screen {
            begun: Instant::now(),
            interactive: std::io::stdout().is_terminal(),
        }
    }
}

impl Screen {
    pub fn title(&self, text: &str) {
        self.line(&format!("{text}\n"));
    }

    pub fn note(&self, text: &str) {
        self.line(text);
    }

    pub fn detail(&self, text: &str) {
        for line in text.lines() {
            self.line(&format!("         {line}"));
        }
    }

    /// Runs one step; a failure carries the step's name.
    ///
    /// # Errors
    /// The step's own.
    pub async fn step<T, E>(
        &self,
        name: &str,
        work: impl Future<Output = Result<T, E>>,
    ) -> anyhow::Result<T>
    where
        E: Into<anyhow::Error>,
    {
        self.line(&format!(
            "[{:>5.1} s] {name} …",
            self.begun.elapsed().as_secs_f64()
        ));
        let begin = Instant::now();
        let result = Box::pin(work)
            .await
            .map_err(Into::into)
            .with_context(|| format!("the step failed: {name}"))?;
        let taken = begin.elapsed();
        if taken > Duration::from_millis(500) {
            self.line(&format!("         done in {:.1} s", taken.as_secs_f64()));
        }
        Ok(result)
    }

    /// A bar for a step of known length; silent when the output is not a terminal.
    #[must_use]
    pub fn bar(&self, length: u64, what: &str) -> ProgressBar {
        if !self.interactive {
            return ProgressBar::hidden();
        }
        let style =
            ProgressStyle::with_template("         {msg} {bar:32} {human_pos}/{human_len} {eta}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
        ProgressBar::new(length)
            .with_style(style)
            .with_message(what.to_owned())
    }

    fn line(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        // A closed pipe ends the output, not the demonstration.
        let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    }
}
