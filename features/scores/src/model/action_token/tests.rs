use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const NOW: i64 = 1_780_000_000;

fn key() -> ActionTokenKey {
    ActionTokenKey::new(&Secret::new("a secret of the tests, long enough"))
}

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn token() -> ActionToken {
    ActionToken {
        action: "chess/round-1".parse().unwrap(),
        user: UserId::new(Uuid::from_u128(7)),
        max_score: 100,
        expires_at: NOW + 300,
    }
}

fn forge(content: &str) -> String {
    let signature = hmac::sign(&key().0, content.as_bytes());
    format!(
        "{}:{}",
        URL_SAFE_NO_PAD.encode(content),
        hex::encode(signature)
    )
}

fn check(text: &str) -> Result<VerifiedAction, ActionTokenError> {
    key().verify(text, token().user, 100, now())
}

#[test]
fn a_good_token_is_read_back() {
    let verified = check(&key().sign(&token())).unwrap();
    assert_eq!(verified.token, token());
}

#[test]
fn each_check_has_its_own_error() {
    let text = key().sign(&token());
    let other_key = ActionTokenKey::new(&Secret::new("another secret"));
    assert_eq!(
        check(&other_key.sign(&token())).unwrap_err(),
        ActionTokenError::Invalid
    );
    let later = Timestamp::from_second(NOW + 300).unwrap();
    assert_eq!(
        key().verify(&text, token().user, 1, later).unwrap_err(),
        ActionTokenError::Expired
    );
    let stranger = UserId::new(Uuid::from_u128(8));
    assert_eq!(
        key().verify(&text, stranger, 1, now()).unwrap_err(),
        ActionTokenError::WrongUser
    );
    assert_eq!(
        key().verify(&text, token().user, 101, now()).unwrap_err(),
        ActionTokenError::ScoreExceedsMax
    );
}

#[test]
fn checks_come_in_the_contracts_order() {
    // Expired, for somebody else, and too high: expiry is named. Forged too: the signature is named.
    let later = Timestamp::from_second(NOW + 300).unwrap();
    let stranger = UserId::new(Uuid::from_u128(8));
    let text = key().sign(&token());
    assert_eq!(
        key().verify(&text, stranger, 999, later).unwrap_err(),
        ActionTokenError::Expired
    );
    let forged = ActionTokenKey::new(&Secret::new("another")).sign(&token());
    assert_eq!(
        key().verify(&forged, stranger, 999, later).unwrap_err(),
        ActionTokenError::Invalid
    );
}

#[test]
fn malformed_tokens_are_named_so() {
    let user = token().user;
    let good = key().sign(&token());
    let (content, signature) = good.split_once(':').unwrap();
    for text in [
        "",
        ":",
        "nonsense",
        content,
        &format!("{content}=:{signature}"),
        &format!("{content}:{}", &signature[..62]),
        &format!("{content}:{signature}00"),
        &format!("{content}:{signature}:{signature}"),
        &format!("{content}:{}", signature.to_uppercase()),
        &format!(" {good}"),
        &format!("{good}\n"),
        &"A".repeat(100_000),
        &forge(&format!("chess/round-1:{user}:ten:{NOW}")),
        &forge(&format!("chess/round-1:{user}:1.5:{NOW}")),
        &forge(&format!("chess/round-1:{user}:-1:{NOW}")),
        &forge(&format!("chess/round-1:{user}:+1:{NOW}")),
        &forge(&format!("chess/round-1:{user}:010:{NOW}")),
        &forge(&format!("chess/round-1:{user}:9007199254740992:{NOW}")),
        &forge(&format!("chess/round-1:{user}:10:")),
        &forge(&format!("chess/round-1:{user}:10:{NOW}:extra")),
        &forge(&format!("chess:{user}:10:{NOW}")),
        &forge(&format!("chess/a/b:{user}:10:{NOW}")),
        &forge(&format!("/a:{user}:10:{NOW}")),
        &forge(&format!("chess/round-1:7:10:{NOW}")),
    ] {
        assert_eq!(
            check(text).unwrap_err(),
            ActionTokenError::Malformed,
            "{text}"
        );
    }
}

proptest! {
    #[test]
    fn no_input_panics(text in ".*") {
        let _ = check(&text);
    }

    #[test]
    fn no_change_of_a_byte_goes_unnoticed(place in 0_usize..150, byte in 0x21_u8..0x7f) {
        let mut bytes = key().sign(&token()).into_bytes();
        let place = place % bytes.len();
        prop_assume!(bytes[place] != byte);
        bytes[place] = byte;
        prop_assert!(check(std::str::from_utf8(&bytes).unwrap()).is_err());
    }

    #[test]
    fn what_is_signed_is_verified(max_score in 0..=MAX_SCORE, life in 1_i64..3600, unique in "[A-Za-z0-9._-]{1,64}") {
        let token = ActionToken {
            action: format!("chess/{unique}").parse().unwrap(),
            max_score,
            expires_at: NOW + life,
            ..token()
        };
        let verified = key().verify(&key().sign(&token), token.user, max_score, now()).unwrap();
        prop_assert_eq!(verified.token, token);
    }
}
