use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::{Mail, eventually};

/// Where in a conversation something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Greeting,
    Login,
    Sender,
    Recipient,
    /// Before the message is sent.
    Data,
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

/// How it is spoken to.
#[derive(Clone)]
pub enum Encryption {
    None,
    /// It takes nothing before it is asked to encrypt.
    StartTls(TlsAcceptor),
    Implicit(TlsAcceptor),
}

/// A mail server that takes everything, but for what it was told to do otherwise.
#[derive(Clone)]
pub struct SmtpServer {
    port: u16,
    scheme: &'static str,
    world: Arc<World>,
}

#[derive(Default)]
struct World {
    faults: Mutex<VecDeque<(Step, Fault)>>,
    taken: Mutex<Vec<(String, Mail)>>,
    connections: Mutex<usize>,
    heard: Mutex<Vec<String>>,
}

impl SmtpServer {
    pub async fn start() -> Self {
        Self::start_with(Encryption::None).await
    }

    pub async fn start_with(encryption: Encryption) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let world = Arc::new(World::default());
        let serving = Arc::clone(&world);
        let scheme = match encryption {
            Encryption::None => "smtp",
            Encryption::StartTls(_) => "starttls",
            Encryption::Implicit(_) => "smtps",
        };
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                *serving.connections.lock() += 1;
                let (world, encryption) = (Arc::clone(&serving), encryption.clone());
                tokio::spawn(async move { world.serve(socket, encryption).await });
            }
        });
        Self {
            port,
            scheme,
            world,
        }
    }

    /// For `SMTP_URL`.
    pub fn url(&self) -> String {
        self.url_as(self.scheme)
    }

    /// As if it were spoken to in this way.
    pub fn url_as(&self, scheme: &str) -> String {
        format!("{scheme}://postman:secret@127.0.0.1:{}", self.port)
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

    /// The commands that came, each by its first word.
    pub fn heard(&self) -> Vec<String> {
        self.world.heard.lock().clone()
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
    async fn serve(&self, socket: TcpStream, encryption: Encryption) -> Option<()> {
        match encryption {
            Encryption::None => {
                let mut socket = BufReader::new(socket);
                self.greet(&mut socket).await?;
                self.talk(socket).await
            }
            Encryption::Implicit(acceptor) => {
                let mut socket = BufReader::new(acceptor.accept(socket).await.ok()?);
                self.greet(&mut socket).await?;
                self.talk(socket).await
            }
            Encryption::StartTls(acceptor) => {
                let mut socket = BufReader::new(socket);
                self.greet(&mut socket).await?;
                while self.command(&mut socket).await?.0 != "STARTTLS" {
                    let answer = "250-mail.example\r\n250 STARTTLS";
                    self.answer(&mut socket, None, answer).await?;
                }
                self.answer(&mut socket, None, "220 2.0.0 go on").await?;
                let socket = acceptor.accept(socket.into_inner()).await.ok()?;
                self.talk(BufReader::new(socket)).await
            }
        }
    }

    async fn greet(&self, socket: &mut (impl AsyncWrite + Unpin)) -> Option<()> {
        self.answer(socket, Some(Step::Greeting), "220 mail.example ESMTP")
            .await
            .map(|_| ())
    }

    /// Its first word, and all of it.
    async fn command(&self, socket: &mut (impl AsyncBufRead + Unpin)) -> Option<(String, String)> {
        let line = read_line(socket).await?;
        let word = line.split([' ', ':']).next().unwrap_or_default().to_owned();
        self.heard.lock().push(word.clone());
        Some((word, line))
    }

    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        mut socket: BufReader<S>,
    ) -> Option<()> {
        let mut to = String::new();
        loop {
            let (word, line) = self.command(&mut socket).await?;
            let (step, answer) = match word.as_str() {
                "EHLO" => (
                    None,
                    "250-mail.example\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
                ),
                "AUTH" => (Some(Step::Login), "235 2.7.0 welcome"),
                "MAIL" => (Some(Step::Sender), "250 2.1.0 fine"),
                "NOOP" | "RSET" => (None, "250 2.0.0 fine"),
                "RCPT" => {
                    let address = line.trim_start_matches("RCPT TO:<");
                    to = address.trim_end_matches('>').to_owned();
                    (Some(Step::Recipient), "250 2.1.5 fine")
                }
                "DATA" => {
                    let go_on = "354 go on";
                    if self.answer(&mut socket, Some(Step::Data), go_on).await? != go_on {
                        continue;
                    }
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

    /// Gives what was said.
    async fn answer<'a>(
        &self,
        socket: &mut (impl AsyncWrite + Unpin),
        step: Option<Step>,
        usual: &'a str,
    ) -> Option<&'a str> {
        let text = match step.and_then(|step| self.fault(step)) {
            None => usual,
            Some(Fault::Say(text)) => text,
            Some(Fault::Cut) => return None,
            Some(Fault::Hang) => std::future::pending().await,
        };
        let line = format!("{text}\r\n");
        socket.write_all(line.as_bytes()).await.ok()?;
        Some(text)
    }
}

async fn read_line(socket: &mut (impl AsyncBufRead + Unpin)) -> Option<String> {
    let mut line = String::new();
    let length = socket.read_line(&mut line).await.ok()?;
    (length > 0).then(|| line.trim_end().to_owned())
}

async fn read_content(socket: &mut (impl AsyncBufRead + Unpin)) -> Option<String> {
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
