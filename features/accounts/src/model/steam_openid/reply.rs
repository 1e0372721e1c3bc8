//! What Steam answers to the question whether it said so: lines of `key:value` (§4.1.1).

use super::NAMESPACE;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    Confirmed,
    Denied,
    /// Not an answer to the question, such as a page that says that Steam is being mended.
    Nonsense,
}

/// Strictly: to look for `is_valid:true` somewhere in the text would find it in anything.
pub fn read_reply(body: &[u8]) -> Reply {
    let Ok(text) = str::from_utf8(body) else {
        return Reply::Nonsense;
    };
    let values = |key: &str| -> Vec<&str> {
        let pairs = text.split('\n').filter_map(|line| line.split_once(':'));
        let found = pairs.filter(|(name, _)| *name == key);
        found.map(|(_, value)| value).collect()
    };
    match (&values("ns")[..], &values("is_valid")[..]) {
        ([NAMESPACE], ["true"]) => Reply::Confirmed,
        (_, []) => Reply::Nonsense,
        _ => Reply::Denied,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_plain_yes_is_a_yes() {
        const NS: &str = "ns:http://specs.openid.net/auth/2.0\n";
        for (rest, want) in [
            ("is_valid:true\n", Reply::Confirmed),
            ("is_valid:true", Reply::Confirmed),
            ("is_valid:true\ninvalidate_handle:1\n", Reply::Confirmed),
            ("is_valid:false\n", Reply::Denied),
            ("is_valid:false\nis_valid:true\n", Reply::Denied),
            ("is_valid:true\nis_valid:true\n", Reply::Denied),
            (
                "is_valid:true\nns:http://specs.openid.net/auth/2.0\n",
                Reply::Denied,
            ),
            ("is_valid:true\nns:x\n", Reply::Denied),
            ("is_valid:true \n", Reply::Denied),
            ("is_valid: true\n", Reply::Denied),
            ("is_valid:TRUE\n", Reply::Denied),
            ("is_valid:true\r\n", Reply::Denied),
            ("is_valid:true\0\n", Reply::Denied),
            (" is_valid:true\n", Reply::Nonsense),
            ("x:is_valid:true\n", Reply::Nonsense),
            ("<html>is_valid:true</html>", Reply::Nonsense),
            ("", Reply::Nonsense),
        ] {
            assert_eq!(
                read_reply(format!("{NS}{rest}").as_bytes()),
                want,
                "{rest:?}"
            );
        }
        for (body, want) in [
            (&b"is_valid:true\n"[..], Reply::Denied),
            (
                b"ns:http://specs.openid.net/auth/1.1\nis_valid:true\n",
                Reply::Denied,
            ),
            (b"", Reply::Nonsense),
            (b"\xff\nis_valid:true\n", Reply::Nonsense),
        ] {
            assert_eq!(read_reply(body), want, "{body:?}");
        }
    }
}
