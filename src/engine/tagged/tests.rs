//! What is read as it comes is what it is as derived.

use std::fmt::Debug;

use super::*;
use crate::engine::{event::Outcome, observed::Ended};

/// What it is read as, which must be what it is as derived.
fn read_as<T: Tagged + for<'de> Deserialize<'de> + PartialEq + Debug>(text: &str) -> Option<T> {
    let read: Option<T> = serde_json::from_str(text).ok();
    let mut from = serde_json::Deserializer::from_str(text);
    let derived = T::any(&mut from).ok().filter(|_| from.end().is_ok());
    assert_eq!(read, derived, "{text}");
    let value = serde_json::from_str(text).unwrap_or_default();
    assert_eq!(
        read,
        serde_json::from_value(value)
            .ok()
            .filter(|_| read.is_some()),
        "{text}"
    );
    read
}

#[test]
fn what_is_written_is_read() {
    let reason = "no \"bash\"\n".to_owned();
    for ended in [
        Ended::Exit { code: -1 },
        Ended::Signal { signal: 9 },
        Ended::Deadline,
        Ended::Stopped,
        Ended::Lost,
        Ended::NotStarted {
            reason: reason.clone(),
        },
    ] {
        let text = serde_json::to_string(&ended).unwrap();
        assert!(text.starts_with("{\"how\":\""), "{text}");
        assert_eq!(read_as(&text), Some(ended));
    }
    for outcome in [
        Outcome::Succeeded,
        Outcome::Failed {
            reason: reason.clone(),
        },
        Outcome::Unknown { reason },
    ] {
        let text = serde_json::to_string(&outcome).unwrap();
        assert!(text.starts_with("{\"is\":\""), "{text}");
        assert_eq!(read_as(&text), Some(outcome));
    }
}

#[test]
fn what_looks_otherwise_is_read_as_derived() {
    let code = Ended::Exit { code: 3 };
    for text in [
        r#"{"code":3,"how":"exit"}"#,
        r#"{"new":[1,{"how":"lost"}],"how":"exit","code":3,"more":null}"#,
        r#"{"how":"exit","new":[1,{"code":4}],"code":3,"new":2}"#,
        r#" { "how" : "exit" , "code" : 3 } "#,
        r#"{"h\u006fw":"ex\u0069t","c\u006fde":3}"#,
        r#"["exit",3]"#,
    ] {
        assert_eq!(read_as(text), Some(code.clone()), "{text}");
    }
    for text in [
        r#"{"how":"lost","code":"x","code":3}"#,
        r#"{"code":"x","how":"lost"}"#,
    ] {
        assert_eq!(read_as(text), Some(Ended::Lost), "{text}");
    }
    for text in [
        r#"{"how":"exit"}"#,
        r#"{"how":"exit","code":null}"#,
        r#"{"how":"exit","code":3.0}"#,
        r#"{"how":"exit","code":"3"}"#,
        r#"{"how":"exit","code":3000000000}"#,
        r#"{"how":"exit","code":3,"code":3}"#,
        r#"{"how":"exit","code":3,"how":"exit"}"#,
        r#"{"how":"lost","how":"lost"}"#,
        r#"{"how":"lost","h\u006fw":"lost"}"#,
        r#"{"code":3,"how":"exit","how":"exit"}"#,
        r#"{"how":"moved"}"#,
        r#"{"how":"moved","how":"lost"}"#,
        r#"{"how":null,"code":3}"#,
        r#"{"how":"exit","code":3"#,
        r#"{"how":"exit","code":3,}"#,
        r#"{"how":"exit","code":3}}"#,
        r#"{"How":"exit","code":3}"#,
        "{}",
        "[]",
        "null",
        "\"exit\"",
        "3",
        "",
    ] {
        assert_eq!(read_as::<Ended>(text), None, "{text}");
    }
    let failed = Outcome::Failed {
        reason: "a".to_owned(),
    };
    for text in [
        r#"{"is":"failed","reason":"a"}"#,
        r#"{"reason":"a","is":"failed"}"#,
        r#"["failed","a"]"#,
    ] {
        assert_eq!(read_as(text), Some(failed.clone()), "{text}");
    }
    for text in [
        r#"{"is":"failed"}"#,
        r#"{"is":"failed","reason":1}"#,
        r#"{"is":"lost"}"#,
    ] {
        assert_eq!(read_as::<Outcome>(text), None, "{text}");
    }
}
