use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::{Mail, eventually};

/// Where in a conversation something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Greeting,
    Login,
    Recipient,
    /// After the message was taken in whole.
    Content,
}

/// What the server does there, once.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// Such as `454 4.7.0 try again later`.
    Say(&'static str),
    /// Never answers.
    Hang,
    /// Closes the connection.
    Cut,
}

/// A mail server that takes everything, but for what it was told to do otherwise.
#[derive(Clone)]
pub struct SmtpServer {
    port: u16,
    world: Arc<World>,
}

#[derive(Default)]
struct World {
    faults: Mutex<VecDeque<(Step, Fault)>>,
    taken: Mutex<Vec<(String, Mail)>>,
    connections: Mutex<usize>,
}

impl SmtpServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let world = Arc::new(World::default());
        let serving = Arc::clone(&world);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                *serving.connections.lock() += 1;
                let world = Arc::clone(&serving);
                tokio::spawn(async move { world.talk(socket).await });
            }
        });
        Self { port, world }
    }

    /// For `SMTP_URL`.
    pub fn url(&self) -> String {
        format!("smtp://postman:secret@127.0.0.1:{}", self.port)
    }

    /// Does this the next time that a conversation comes there.
    pub fn next(&self, step: Step, fault: Fault) {
        self.world.faults.lock().push_back((step, fault));
    }

    /// Everything that was handed over, whatever was answered then.
    pub fn mails(&self) -> Vec<Mail> {
        let taken = self.world.taken.lock();
        taken.iter().map(|(_, mail)| mail.clone()).collect()
    }

    pub fn connections(&self) -> usize {
        *self.world.connections.lock()
    }

    /// Waits for the first mail to this address that has this in its subject.
    pub async fn mail_to(&self, address: &str, subject: &str) -> Mail {
        eventually(
            &format!("a mail to {address} about {subject}"),
            async || {
                let taken = self.world.taken.lock();
                let mut found = taken.iter();
                let found =
                    found.find(|(to, mail)| to == address && mail.subject.contains(subject));
                found.map(|(_, mail)| mail.clone())
            },
        )
        .await
    }
}

impl World {
    fn fault(&self, step: Step) -> Option<Fault> {
        let mut faults = self.faults.lock();
        match faults.front() {
            Some((at, fault)) if *at == step => {
                let fault = *fault;
                faults.pop_front();
                Some(fault)
            }
            _ => None,
        }
    }

    /// None where the conversation is over.
    async fn talk(&self, socket: TcpStream) -> Option<()> {
        let mut socket = BufReader::new(socket);
        self.answer(&mut socket, Some(Step::Greeting), "220 mail.example ESMTP")
            .await?;
        let mut to = String::new();
        loop {
            let line = read_line(&mut socket).await?;
            let (step, answer) = match line
                .split_once([' ', ':'])
                .map_or(line.as_str(), |(word, _)| word)
            {
                "EHLO" => (
                    None,
                    "250-mail.example\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
                ),
                "AUTH" => (Some(Step::Login), "235 2.7.0 welcome"),
                "MAIL" | "NOOP" | "RSET" => (None, "250 2.0.0 fine"),
                "RCPT" => {
                    let address = line.trim_start_matches("RCPT TO:<");
                    to = address.trim_end_matches('>').to_owned();
                    (Some(Step::Recipient), "250 2.1.5 fine")
                }
                "DATA" => {
                    self.answer(&mut socket, None, "354 go on").await?;
                    let text = read_content(&mut socket).await?;
                    self.taken.lock().push((to.clone(), Mail::parse(&text)));
                    (Some(Step::Content), "250 2.0.0 queued")
                }
                "QUIT" => {
                    self.answer(&mut socket, None, "221 2.0.0 bye").await?;
                    return None;
                }
                _ => (None, "500 5.5.1 what?"),
            };
            self.answer(&mut socket, step, answer).await?;
        }
    }

    async fn answer(
        &self,
        socket: &mut BufReader<TcpStream>,
        step: Option<Step>,
        usual: &str,
    ) -> Option<()> {
        let text = match step.and_then(|step| self.fault(step)) {
            None => usual,
            Some(Fault::Say(text)) => text,
            Some(Fault::Cut) => return None,
            Some(Fault::Hang) => std::future::pending().await,
        };
        let line = format!("{text}\r\n");
        socket.write_all(line.as_bytes()).await.ok()
    }
}

async fn read_line(socket: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let length = socket.read_line(&mut line).await.ok()?;
    (length > 0).then(|| line.trim_end().to_owned())
}

async fn read_content(socket: &mut BufReader<TcpStream>) -> Option<String> {
    let mut text = String::new();
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if line == ".\r\n" {
            return Some(text);
        }
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
