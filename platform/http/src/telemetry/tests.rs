use std::sync::Arc;

use parking_lot::Mutex;
use tracing::subscriber::{set_default, with_default};

use super::*;
use crate::context;

/// Keeps what is written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn config(level: &str, format: LogFormat) -> LogConfig {
    LogConfig {
        level: level.to_owned(),
        format,
        service: "grandstand".to_owned(),
    }
}

fn start(
    level: &str,
    format: LogFormat,
    colored: bool,
    out: Written,
) -> (impl Subscriber, LogGuard) {
    let clock = Clock::manual("2026-11-21T08:54:59.123Z".parse().unwrap());
    Log::start(&config(level, format), colored, clock, out).unwrap()
}

fn logged(level: &str, format: LogFormat, act: impl FnOnce()) -> String {
    let out = Written::default();
    let (log, guard) = start(level, format, false, out.clone());
    with_default(log, act);
    drop(guard);
    let bytes = std::mem::take(&mut *out.0.lock());
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_line_has_exactly_the_promised_fields() {
    let text = logged("info", LogFormat::Json, || {
        tracing::info!(
            method = "GET",
            status = 200,
            durationMs = 1.25,
            nan = f64::NAN,
            ok = true,
            "request completed"
        );
        tracing::info!("nothing \"else\"\n\u{1b}[31m");
        tracing::debug!("not at this level");
    });
    insta::assert_snapshot!(text, @r#"
    {"timestamp":"2026-11-21T08:54:59.123Z","level":"info","service":"grandstand","requestId":null,"userId":null,"message":"request completed","data":{"method":"GET","status":200,"durationMs":1.25,"nan":null,"ok":true}}
    {"timestamp":"2026-11-21T08:54:59.123Z","level":"info","service":"grandstand","requestId":null,"userId":null,"message":"nothing \"else\"\n\u001b[31m","data":{}}
    "#);
}

#[tokio::test]
async fn a_line_knows_its_request_and_user() {
    let out = Written::default();
    let (log, guard) = start("warn", LogFormat::Json, false, out.clone());
    let default = set_default(log);
    context::scope("req-1".parse().unwrap(), async {
        tracing::warn!(endpoint = "/scores", "rate limit hit");
        context::set_user("01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap());
        tracing::error!(cause = ?Some("x\ny"), "request failed");
    })
    .await;
    drop(default);
    drop(guard);
    let text = String::from_utf8(out.0.lock().clone()).unwrap();
    insta::assert_snapshot!(text, @r#"
    {"timestamp":"2026-11-21T08:54:59.123Z","level":"warn","service":"grandstand","requestId":"req-1","userId":null,"message":"rate limit hit","data":{"endpoint":"/scores","target":"http_api::telemetry::log::tests"}}
    {"timestamp":"2026-11-21T08:54:59.123Z","level":"error","service":"grandstand","requestId":"req-1","userId":"usr_01h455vb4pex5vsknk084sn02q","message":"request failed","data":{"cause":"Some(\"x\\ny\")","target":"http_api::telemetry::log::tests"}}
    "#);
    for line in text.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let mut names: Vec<&str> = line
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "data",
                "level",
                "message",
                "requestId",
                "service",
                "timestamp",
                "userId"
            ]
        );
    }
}

#[test]
fn secrets_do_not_reach_the_log() {
    for format in [LogFormat::Json, LogFormat::Pretty] {
        let text = logged("trace", format, || {
            tracing::info!(password = "hush1", accessToken = ?"hush2", JWT_SECRET = 3_457_345, user_email = "hush@4", "a");
            tracing::info!(Authorization = true, api_key = 1.5, "set-cookie" = %"hush5", harmless = "shown", "b");
        });
        for secret in ["hush", "3457345", "true", "1.5"] {
            assert!(!text.contains(secret), "{text}");
        }
        assert_eq!(text.matches("***").count(), 7, "{text}");
        assert!(text.contains("shown"));
    }
}

#[test]
fn pretty_lines_are_short_and_safe() {
    let text = logged("info", LogFormat::Pretty, || {
        tracing::warn!(code = "away", count = 3, "database \u{1b}[2J error\nsecond");
    });
    insta::assert_snapshot!(text, @r"08:54:59.123  WARN database \u001b[2J error\nsecond code=away count=3");
}

#[test]
fn levels_are_checked() {
    for good in ["warn", "INFO", "info,sqlx=debug", "off"] {
        let out = Written::default();
        assert!(
            Log::start(&config(good, LogFormat::Json), false, Clock::system(), out).is_ok(),
            "{good}"
        );
    }
    for bad in ["loud=loud", "info,sqlx=loud"] {
        let out = Written::default();
        let Err(error) = Log::start(&config(bad, LogFormat::Json), false, Clock::system(), out)
        else {
            panic!("{bad} was taken");
        };
        assert!(error.to_string().contains(bad));
    }
}

#[test]
fn no_line_is_lost_or_torn() {
    let out = Written::default();
    let (log, guard) = start("info", LogFormat::Json, false, out.clone());
    let log = tracing::Dispatch::new(log);
    let filler = "x".repeat(500);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (log, filler) = (&log, &filler);
            scope.spawn(move || {
                tracing::dispatcher::with_default(log, || {
                    for number in 0..5_000 {
                        tracing::info!(thread, number, filler, "line");
                    }
                });
            });
        }
    });
    drop(guard);
    let bytes = out.0.lock();
    let lines = bytes
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty());
    let mut count = 0;
    for line in lines {
        serde_json::from_slice::<serde_json::Value>(line).unwrap();
        count += 1;
    }
    assert_eq!(count, 20_000);
}
