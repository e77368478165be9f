//! A worker that works when it is told to, at a time it is told.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use basalt_oltp::Db;
use basalt_oltp::jobs::{JobContext, Letter, Mailer, Worker};
use basalt_oltp::outbound::Outbound;
use basalt_oltp::workflow;
use chrono::{DateTime, Utc};

/// Keeps the letters it is given.
#[derive(Default)]
struct Letters(Mutex<Vec<Letter>>);

#[async_trait]
impl Mailer for Letters {
    async fn send(&self, letter: &Letter) -> Result<(), String> {
        self.0.lock().unwrap().push(letter.clone());
        Ok(())
    }
}

pub struct Clock {
    db: Db,
    worker: Worker,
    letters: Arc<Letters>,
}

impl Clock {
    pub async fn start(db: &Db) -> Self {
        let letters = Arc::new(Letters::default());
        let context = JobContext {
            db: db.clone(),
            outbound: Outbound::new(db.clone()),
            mailer: letters.clone(),
        };
        let worker = Worker::start(context).await.unwrap();
        Self {
            db: db.clone(),
            worker,
            letters,
        }
    }

    /// Looks for what is due then, twice, so that what is done twice is seen, and does what comes of it.
    pub async fn strikes(&self, now: DateTime<Utc>) {
        workflow::sweep(&self.db, now).await.unwrap();
        workflow::sweep(&self.db, now).await.unwrap();
        self.worker.run_waiting().await.unwrap();
    }

    /// Subjects of the letters to an address.
    pub fn letters_to(&self, address: &str) -> Vec<String> {
        let letters = self.letters.0.lock().unwrap();
        let to = letters.iter().filter(|letter| letter.to == address);
        to.map(|letter| letter.subject.clone()).collect()
    }
}
