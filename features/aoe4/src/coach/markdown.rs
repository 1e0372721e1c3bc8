//! Text of strangers in Markdown.

/// As it reads, on one line, whatever signs are in it: nothing of it is markup, a link or HTML.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !escaped.is_empty() {
            escaped.push(' ');
        }
        for character in word.chars().filter(|character| !character.is_control()) {
            match character {
                // Entities, since not every renderer knows that these may be escaped by a backslash.
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '&' => escaped.push_str("&amp;"),
                other => {
                    // A full stop or a colon makes a bare link of a name.
                    if other.is_ascii_punctuation() {
                        escaped.push('\\');
                    }
                    escaped.push(other);
                }
            }
        }
    }
    escaped
}

/// Sentences of somebody whom nobody checks, on one line: they keep their full stops and dashes, but hold no markup, no link,
/// no mention and no HTML.
pub fn prose(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !escaped.is_empty() {
            escaped.push(' ');
        }
        let is_link = word.contains("://") || word.to_ascii_lowercase().contains("www.");
        for character in word.chars().filter(|character| !character.is_control()) {
            match character {
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '&' => escaped.push_str("&amp;"),
                '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '~' | '@' => {
                    escaped.push('\\');
                    escaped.push(character);
                }
                '.' | ':' | '/' if is_link => {
                    escaped.push('\\');
                    escaped.push(character);
                }
                other => escaped.push(other),
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_name_is_markup() {
        assert_eq!(escape("Willow 🏹"), "Willow 🏹");
        assert_eq!(
            escape("**[x](http://e.org)**"),
            r"\*\*\[x\]\(http\:\/\/e\.org\)\*\*"
        );
        assert_eq!(
            escape("<b>&amp;`a`\n# b\u{7}"),
            r"&lt;b&gt;&amp;amp\;\`a\` \# b"
        );
        assert_eq!(escape(" \t\n"), "");
    }

    #[test]
    fn sentences_stay_readable() {
        assert_eq!(
            prose("You led at 3:40 (385 to 275), didn't you?"),
            "You led at 3:40 (385 to 275), didn't you?"
        );
        assert_eq!(
            prose("# **Go** [here](https://e.org)\n<i>"),
            r"\# \*\*Go\*\* \[here\](https\:\/\/e\.org) &lt;i&gt;"
        );
        assert_eq!(
            prose("see WWW.e.org @everyone"),
            r"see WWW\.e\.org \@everyone"
        );
    }
}
