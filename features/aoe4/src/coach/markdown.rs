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
}
