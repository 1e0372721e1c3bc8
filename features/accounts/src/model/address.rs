//! Addresses of the configuration, which has checked them: absolute, and without a query.

/// `https://play.example:8443` of `https://play.example:8443/anything`.
pub fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + "://".len());
    let end = url[host..].find('/').map_or(url.len(), |at| host + at);
    &url[..end]
}

/// An address with these parameters.
pub fn with_query(url: &str, parameters: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    format!("{url}?{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_ends_before_the_path() {
        for (url, want) in [
            ("https://a.example", "https://a.example"),
            ("https://a.example/", "https://a.example"),
            ("http://127.0.0.1:3000/b/c", "http://127.0.0.1:3000"),
            ("http://[::1]:3000/b", "http://[::1]:3000"),
        ] {
            assert_eq!(origin(url), want);
        }
    }

    #[test]
    fn parameters_are_escaped() {
        let url = with_query("https://a.example/b", &[("c", "d&e=f ä"), ("g", "")]);
        assert_eq!(url, "https://a.example/b?c=d%26e%3Df+%C3%A4&g=");
    }
}
