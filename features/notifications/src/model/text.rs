//! Text on its way out. What users wrote may be in it, names above all: nothing of it may become a header, a second
//! line of one, or markup.

pub const TITLE: usize = 200;
pub const BODY: usize = 2_000;
const PATH: usize = 500;

/// One line of at most so many characters: whatever breaks lines or hides is a blank.
pub fn one_line(text: &str, most: usize) -> String {
    let words = text
        .split(|letter: char| letter.is_whitespace() || is_unseen(letter))
        .filter(|word| !word.is_empty());
    let mut line = String::new();
    for word in words {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        // No need to join more than is shown.
        if line.len() > 4 * most {
            break;
        }
    }
    cut(&line, most)
}

/// Lines as they are, without what is unseen.
pub fn several_lines(text: &str, most: usize) -> String {
    let seen: String = text
        .replace("\r\n", "\n")
        .chars()
        .filter(|&letter| letter == '\n' || !is_unseen(letter))
        .collect();
    cut(seen.trim(), most)
}

/// At most so many characters, the last of which says that there was more.
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => {
            let kept = text.chars().take(most.saturating_sub(1));
            kept.chain(std::iter::once('…')).collect()
        }
    }
}

/// Controls, separators of lines, and what turns the direction of what follows.
fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Whether it is a path of this server, and nothing that leads elsewhere.
pub fn is_path(path: &str) -> bool {
    path.len() <= PATH
        && path.starts_with('/')
        && !path.starts_with("//")
        && path
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\\\"<>".contains(&byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_stays_a_line() {
        assert_eq!(
            one_line(" Ada\r\nBcc: all@example.org\0 \u{2028}x", 100),
            "Ada Bcc: all@example.org x"
        );
        assert_eq!(one_line("\u{202e}evil", 100), "evil");
        assert_eq!(one_line("👩‍🚀 Zoë", 100), "👩‍🚀 Zoë");
        assert_eq!(one_line(&"x".repeat(500), 10), "xxxxxxxxx…");
    }

    proptest! {
        #[test]
        fn no_text_breaks_out(text in any::<String>(), most in 1..50_usize) {
            let line = one_line(&text, most);
            prop_assert!(!line.contains(char::is_control));
            prop_assert!(line.chars().count() <= most);
            let lines = several_lines(&text, most);
            prop_assert!(lines.chars().all(|letter| letter == '\n' || !letter.is_control()));
            prop_assert!(lines.chars().count() <= most);
        }
    }
}
