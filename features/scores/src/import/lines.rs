//! Reading the lines of an import: `externalId, screenName, gameId, score, reachedAt?`, as CSV with a header or
//! as JSON Lines.

use std::io::BufRead;
use std::path::Path;

use accounts::ScreenName;
use anyhow::Context;
use jiff::Timestamp;
use kernel::Tag;
use serde::Deserialize;

use crate::model::MAX_SCORE;

/// A line may be this long, so that a file without line ends fills no memory.
const MAX_LINE: u64 = 64 * 1024;
const MAX_EXTERNAL_ID: usize = 128;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    JsonLines,
}

impl Format {
    /// By the file's ending: `.csv`, `.jsonl` or `.ndjson`.
    pub fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?;
        match ending.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            _ => None,
        }
    }
}

/// A line as it is written.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawLine {
    external_id: Number,
    screen_name: String,
    game_id: String,
    score: Number,
    #[serde(default)]
    reached_at: Option<String>,
}

/// In JSON, ids may be numbers, and numbers may be text.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Number {
    Number(serde_json::Number),
    Text(String),
}

impl Number {
    fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.trim().to_owned(),
        }
    }

    /// Whether it may be another number than was written.
    fn is_rounded(&self) -> bool {
        matches!(self, Self::Number(number) if number.is_f64())
    }
}

/// A line that can be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub external_id: String,
    pub screen_name: ScreenName,
    pub game: Tag,
    pub score: u64,
    pub reached_at: Option<Timestamp>,
}

impl RawLine {
    /// Every column is text as it stands: were its type guessed, the ids `007` and `7` would be one.
    fn from_columns(header: &csv::StringRecord, record: &csv::StringRecord) -> Self {
        let column = |wanted| {
            let place = header.iter().position(|name| name == wanted)?;
            record.get(place).map(str::to_owned)
        };
        // The header has them all but the last, which was checked when it was read.
        let text = |wanted| column(wanted).unwrap_or_default();
        Self {
            external_id: Number::Text(text("externalId")),
            screen_name: text("screenName"),
            game_id: text("gameId"),
            score: Number::Text(text("score")),
            reached_at: column("reachedAt"),
        }
    }

    /// Checks each column, and says which is wrong and how.
    pub(super) fn check(self, now: Timestamp) -> Result<Line, String> {
        if self.external_id.is_rounded() {
            return Err(
                "externalId must be text where it is no number from 0 to 2^64 - 1".to_owned(),
            );
        }
        let external_id = self.external_id.text();
        let printable = !external_id.chars().any(char::is_control);
        if external_id.is_empty() || external_id.len() > MAX_EXTERNAL_ID || !printable {
            return Err(format!(
                "externalId must be 1 to {MAX_EXTERNAL_ID} printable bytes"
            ));
        }
        let screen_name =
            ScreenName::new(&self.screen_name).map_err(|error| format!("screenName {error}"))?;
        let game = Tag::new(self.game_id.trim()).map_err(|error| format!("gameId {error}"))?;
        let text = self.score.text();
        let score = text
            .parse()
            .ok()
            .filter(|score| *score <= MAX_SCORE)
            .ok_or_else(|| {
                format!("score must be a whole number from 0 to {MAX_SCORE}, not {text:.40}")
            })?;
        let reached_at = match self.reached_at.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(text) => Some(
                text.parse::<Timestamp>()
                    .ok()
                    .filter(|at| *at <= now && *at >= Timestamp::UNIX_EPOCH)
                    .ok_or(
                        "reachedAt must be a time like 2026-11-21T08:54:59Z, not in the future",
                    )?,
            ),
        };
        Ok(Line {
            external_id,
            screen_name,
            game,
            score,
            reached_at,
        })
    }
}

/// The lines of a file, each with its number. A line that can't be read doesn't end the file.
pub(super) struct Lines {
    reader: Box<dyn BufRead + Send>,
    number: u64,
    /// The columns of a CSV file; none for JSON Lines.
    header: Option<csv::StringRecord>,
}

type Numbered = (u64, Result<RawLine, String>);

impl Lines {
    pub(super) fn new(reader: Box<dyn BufRead + Send>, format: Format) -> anyhow::Result<Self> {
        let mut lines = Self {
            reader,
            number: 0,
            header: None,
        };
        if format == Format::JsonLines {
            return Ok(lines);
        }
        let header = match lines.read_line()? {
            Some(Ok(line)) => csv_record(&line).map_err(anyhow::Error::msg)?,
            Some(Err(reason)) => anyhow::bail!("the header {reason}"),
            None => csv::StringRecord::new(),
        };
        for column in ["externalId", "screenName", "gameId", "score"] {
            anyhow::ensure!(
                header.iter().any(|name| name == column),
                "the header lacks the column {column}; wanted: externalId,screenName,gameId,score,reachedAt \
                 (the last may be left out)"
            );
        }
        lines.header = Some(header);
        Ok(lines)
    }

    pub(super) fn next_line(&mut self) -> anyhow::Result<Option<Numbered>> {
        while let Some(line) = self.read_line()? {
            let parsed = match line {
                Ok(line) if line.trim_ascii().is_empty() => continue,
                Ok(line) => self.parse(&line),
                Err(reason) => Err(reason),
            };
            return Ok(Some((self.number, parsed)));
        }
        Ok(None)
    }

    fn parse(&self, line: &[u8]) -> Result<RawLine, String> {
        let Some(header) = &self.header else {
            return serde_json::from_slice(line)
                .map_err(|error| format!("is not an object with the wanted fields: {error}"));
        };
        let record = csv_record(line)?;
        if record.len() != header.len() {
            return Err(format!(
                "has {} columns rather than {}",
                record.len(),
                header.len()
            ));
        }
        Ok(RawLine::from_columns(header, &record))
    }

    /// The next line without its end, or why it can't be had. No column may hold a line end, so that a quote that
    /// is never closed spoils one line and not all that follow.
    fn read_line(&mut self) -> anyhow::Result<Option<Result<Vec<u8>, String>>> {
        let mut bytes = Vec::new();
        let read = std::io::Read::take(&mut self.reader, MAX_LINE)
            .read_until(b'\n', &mut bytes)
            .context("the file could not be read on")?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if read as u64 == MAX_LINE && bytes.last() != Some(&b'\n') {
            skip_line(&mut self.reader)?;
            return Ok(Some(Err(format!("is longer than {MAX_LINE} bytes"))));
        }
        // What some editors put in front of UTF-8.
        if self.number == 1 && bytes.starts_with(b"\xEF\xBB\xBF") {
            bytes.drain(..3);
        }
        Ok(Some(Ok(bytes)))
    }
}

fn csv_record(line: &[u8]) -> Result<csv::StringRecord, String> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(line);
    let mut record = csv::StringRecord::new();
    match reader.read_record(&mut record) {
        Ok(_) => Ok(record),
        Err(error) if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) => {
            Err("is not UTF-8".to_owned())
        }
        Err(_) => Err("is not valid CSV".to_owned()),
    }
}

/// Reads on to the end of an overlong line, without keeping it.
fn skip_line(reader: &mut Box<dyn BufRead + Send>) -> anyhow::Result<()> {
    loop {
        let chunk = reader.fill_buf().context("the file could not be read on")?;
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let (length, done) = (
            end.map_or(chunk.len(), |end| end + 1),
            end.is_some() || chunk.is_empty(),
        );
        reader.consume(length);
        if done {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: Format, text: &'static str) -> Vec<(u64, Result<Line, String>)> {
        let mut lines = Lines::new(Box::new(text.as_bytes()), format).unwrap();
        let now = "2026-11-21T00:00:00Z".parse().unwrap();
        std::iter::from_fn(|| lines.next_line().unwrap())
            .map(|(number, line)| (number, line.and_then(|line| line.check(now))))
            .collect()
    }

    fn summary(lines: &[(u64, Result<Line, String>)]) -> Vec<(u64, Option<u64>)> {
        lines
            .iter()
            .map(|(number, line)| (*number, line.as_ref().ok().map(|line| line.score)))
            .collect()
    }

    #[test]
    fn csv_lines_are_read_with_their_numbers() {
        let lines = read(
            Format::Csv,
            "externalId,screenName,gameId,score,reachedAt\n\
             1,Ada,chess,10,2020-01-01T00:00:00Z\n\
             2,Bob,chess,-1,\n\
             3,\"Eve, the \"\"first\"\"\",chess,12,\n\
             4,Too,few\n\
             5,Kim,no game!,1,\n\
             6,Kim,chess,1,2999-01-01T00:00:00Z\n\
             7,Kim,chess,9007199254740992,\n\
             8,\"Kim,chess,1,\n\
             9,Kim,chess,13,\n",
        );
        assert_eq!(
            summary(&lines),
            [
                (2, Some(10)),
                (3, None),
                (4, Some(12)),
                (5, None),
                (6, None),
                (7, None),
                (8, None),
                (9, None),
                (10, Some(13))
            ]
        );
        assert_eq!(
            lines[2].1.as_ref().unwrap().screen_name.as_str(),
            "Eve, the \"first\""
        );
    }

    #[test]
    fn ids_are_kept_as_they_are_written() {
        let long = "123456789012345678901234567890";
        let ids = ["007", "7", "1e5", "true", "inf", "-1", "0x1F", long];
        let text = ids.iter().fold(
            "score,externalId,screenName,gameId\n".to_owned(),
            |text, id| text + &format!("1,{id},Ada,chess\n"),
        );
        let lines = read(Format::Csv, Box::leak(text.into_boxed_str()));
        let read_ids: Vec<String> = lines
            .into_iter()
            .map(|(_, line)| line.unwrap().external_id)
            .collect();
        assert_eq!(read_ids, ids);

        let lines = read(
            Format::JsonLines,
            "{\"externalId\":\"007\",\"screenName\":\"Ada\",\"gameId\":\"chess\",\"score\":1}\n\
             {\"externalId\":18446744073709551615,\"screenName\":\"Ada\",\"gameId\":\"chess\",\"score\":2}\n\
             {\"externalId\":123456789012345678901234567890,\"screenName\":\"Ada\",\"gameId\":\"chess\",\"score\":3}\n",
        );
        assert_eq!(summary(&lines), [(1, Some(1)), (2, Some(2)), (3, None)]);
        assert_eq!(lines[0].1.as_ref().unwrap().external_id, "007");
    }

    #[test]
    fn json_lines_are_read_with_their_numbers() {
        let lines = read(
            Format::JsonLines,
            "\u{feff}{\"externalId\":1,\"screenName\":\"Ada\",\"gameId\":\"chess\",\"score\":10}\n\
             \n\
             not json\n\
             {\"externalId\":\"2\",\"screenName\":\"Bob\",\"gameId\":\"chess\",\"score\":\"11\"}\n\
             {\"externalId\":\"3\",\"screenName\":\"Bob\",\"gameId\":\"chess\",\"score\":1.5}\n\
             {\"externalId\":\"\",\"screenName\":\"Bob\",\"gameId\":\"chess\",\"score\":1}",
        );
        assert_eq!(
            summary(&lines),
            [
                (1, Some(10)),
                (3, None),
                (4, Some(11)),
                (5, None),
                (6, None)
            ]
        );
    }

    #[test]
    fn an_endless_line_is_one_bad_line() {
        let text: &'static str = Box::leak(format!(
            "{}\n{{\"externalId\":\"1\",\"screenName\":\"Ada\",\"gameId\":\"chess\",\"score\":1}}\n",
            "x".repeat(300_000)
        ).into_boxed_str());
        assert_eq!(
            summary(&read(Format::JsonLines, text)),
            [(1, None), (2, Some(1))]
        );
    }

    #[test]
    fn a_header_that_lacks_a_column_is_named() {
        let error = Lines::new(Box::new("externalId,score\n".as_bytes()), Format::Csv)
            .err()
            .unwrap();
        assert!(error.to_string().contains("screenName"));
    }
}
