//! The development mailbox as an SMTP server.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use basalt_outreach::Mailbox;

fn any_port() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// Says each line and returns the code of the last answer line.
fn converse(mailbox: &Mailbox, lines: &[&str]) -> Vec<String> {
    let stream = TcpStream::connect(mailbox.address()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let mut write = stream.try_clone().unwrap();
    let mut read = BufReader::new(stream);
    let mut answer = || {
        let mut line = String::new();
        loop {
            line.clear();
            if read.read_line(&mut line).unwrap() == 0 || line.as_bytes().get(3) != Some(&b'-') {
                return line.chars().take(3).collect::<String>();
            }
        }
    };
    let mut answers = vec![answer()];
    for line in lines {
        write.write_all(line.as_bytes()).unwrap();
        write.write_all(b"\r\n").unwrap();
        answers.push(answer());
    }
    answers
}

#[tokio::test]
async fn a_conversation_is_kept_as_a_message() {
    let folder = tempfile::tempdir().unwrap();
    let mailbox = Mailbox::start(any_port(), Some(folder.path())).unwrap();
    let answers = converse(
        &mailbox,
        &[
            "EHLO me.test",
            "MAIL FROM:<bounce+a=b@x.test>",
            "RCPT TO:<one@y.test>",
            "RCPT TO:<two@defer.test>",
            "DATA",
            "Subject: Dots\r\n\r\n..start\r\nend\r\n.",
            "QUIT",
        ],
    );
    assert_eq!(
        answers,
        ["220", "250", "250", "250", "451", "354", "250", "221"]
    );
    let messages = mailbox.wait_for(1, Duration::from_secs(10)).await.unwrap();
    assert_eq!(messages[0].to, ["one@y.test"]);
    assert_eq!(messages[0].return_path, "bounce+a=b@x.test");
    assert_eq!(
        messages[0].text.as_deref().map(str::trim_end),
        Some(".start\r\nend")
    );
    assert_eq!(mailbox.get(messages[0].id).unwrap().subject, "Dots");

    let address = mailbox.address();
    mailbox.stop();
    assert!(TcpStream::connect(address).is_err());
    let again = Mailbox::start(address, Some(folder.path())).unwrap();
    assert_eq!(again.list(10).len(), 1);
    again.clear();
    assert!(again.list(10).is_empty());
}

#[tokio::test]
async fn commands_out_of_order_and_endless_lines_are_refused() {
    let mailbox = Mailbox::start(any_port(), None).unwrap();
    let answers = converse(
        &mailbox,
        &["DATA", "NONSENSE", "EHLO me.test", "RCPT TO:<a@b.test>"],
    );
    assert!(
        answers[1].starts_with('5') && answers[2].starts_with('5') && answers[4].starts_with('5'),
        "{answers:?}"
    );
    let long = "X".repeat(100_000);
    let answers = converse(&mailbox, &[&long]);
    assert_eq!(answers[1], "500", "the line is refused");
    assert!(
        mailbox
            .wait_for(1, Duration::from_millis(10))
            .await
            .is_err()
    );
}
