use super::*;

fn reply(choice: &Value) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_770_000_000, "model": "gpt-4o-mini-2026",
        "choices": [choice], "usage": {"prompt_tokens": 900, "completion_tokens": 120, "total_tokens": 1020}
    })
}

fn choice(content: &Value, finish_reason: &Value) -> Value {
    json!({"index": 0, "message": {"role": "assistant", "content": content, "refusal": null}, "finish_reason": finish_reason})
}

fn parse(value: &Value) -> Reply {
    Reply::parse(value.to_string().as_bytes())
}

#[test]
fn an_answer_comes_with_its_cost() {
    let reply = parse(&reply(&choice(&json!("{}"), &json!("stop"))));
    assert_eq!(reply.content, Ok("{}".to_owned()));
    assert_eq!(reply.model.as_deref(), Some("gpt-4o-mini-2026"));
    assert_eq!(
        reply.usage,
        Some(Usage {
            prompt: 900,
            completion: 120
        })
    );
}

#[test]
fn other_servers_leave_things_out() {
    for reason in [json!(""), Value::Null] {
        let mut value = reply(&choice(&json!("{}"), &reason));
        value["usage"] = Value::Null;
        value["model"] = Value::Null;
        let reply = parse(&value);
        assert_eq!(
            (reply.content, reply.usage, reply.model),
            (Ok("{}".to_owned()), None, None)
        );
    }
    let parts = json!([{"type": "text", "text": "{\"a\""}, {"type": "text", "text": ":1}"}]);
    assert_eq!(
        parse(&reply(&choice(&parts, &json!("stop")))).content,
        Ok(r#"{"a":1}"#.to_owned())
    );
}

#[test]
fn a_refusal_is_one_though_it_stopped_as_it_should() {
    let mut refused = choice(&Value::Null, &json!("stop"));
    refused["message"]["refusal"] = json!("I can't help with that.");
    let reply = parse(&reply(&refused));
    assert_eq!(
        reply.content,
        Err(Fault::Refused("I can't help with that.".to_owned()))
    );
    assert!(reply.usage.is_some(), "it is paid for");
}

#[test]
fn what_ends_otherwise_has_no_answer() {
    let fault = |content: Value, reason: &str| {
        parse(&reply(&choice(&content, &json!(reason))))
            .content
            .expect_err("a fault")
    };
    assert_eq!(fault(json!("{\""), "length"), Fault::CutOff);
    assert_eq!(fault(json!("half"), "content_filter"), Fault::Filtered);
    assert_eq!(fault(Value::Null, "tool_calls"), Fault::CalledTool);
    assert_eq!(fault(Value::Null, "function_call"), Fault::CalledTool);
    assert_eq!(fault(Value::Null, "stop"), Fault::Empty);
    assert_eq!(fault(json!(" \n"), "stop"), Fault::Empty);
    let mut called = choice(&Value::Null, &json!("stop"));
    called["message"]["tool_calls"] = json!([{"id": "call_1", "type": "function"}]);
    assert_eq!(parse(&reply(&called)).content, Err(Fault::CalledTool));
}

#[test]
fn what_is_no_completion_says_so() {
    assert_eq!(
        parse(&json!({"choices": [], "usage": {"prompt_tokens": 9}})).content,
        Err(Fault::Empty)
    );
    for other in [
        json!({}),
        json!([]),
        json!({"choices": {}}),
        json!({"choices": [{"delta": {}}]}),
        json!(7),
    ] {
        assert_eq!(parse(&other).content, Err(Fault::Shape), "{other}");
    }
    assert_eq!(Reply::parse(b"<html>502</html>").content, Err(Fault::Shape));
    let said =
        parse(&json!({"error": {"message": "overloaded", "type": "api_error", "code": 529}}));
    let error = ServerError {
        message: "overloaded".to_owned(),
        kind: Some("api_error".to_owned()),
        code: Some("529".to_owned()),
    };
    assert_eq!(said.content, Err(Fault::Server(error)));
}

fn error(value: &Value) -> ServerError {
    ServerError::parse(value.to_string().as_bytes())
}

#[test]
fn errors_are_read_in_every_shape() {
    let nested = json!({"error": {"message": "No.", "type": "invalid_request_error", "param": null, "code": "invalid_json_schema"}});
    let read = error(&nested);
    assert_eq!(
        (
            read.message.as_str(),
            read.kind.as_deref(),
            read.code.as_deref()
        ),
        (
            "No.",
            Some("invalid_request_error"),
            Some("invalid_json_schema")
        )
    );
    assert_eq!(error(&json!({"error": "No."})).message, "No.");
    let flat = error(
        &json!({"object": "error", "message": "No.", "type": "BadRequestError", "param": null, "code": 400}),
    );
    assert_eq!(
        (
            flat.message.as_str(),
            flat.kind.as_deref(),
            flat.code.as_deref()
        ),
        ("No.", Some("BadRequestError"), Some("400"))
    );
    assert_eq!(error(&json!({"detail": "Not Found"})).message, "Not Found");
    let invalid =
        json!({"detail": [{"loc": ["body", "model"], "msg": "field required"}, {"msg": "extra"}]});
    assert_eq!(error(&invalid).message, "field required; extra");
    assert_eq!(
        ServerError::parse(b"<html>502 Bad Gateway</html>").message,
        "something that is no JSON"
    );
    for nothing in [
        json!({}),
        json!([]),
        json!({"error": {}}),
        json!({"error": {"message": ""}}),
        json!(null),
    ] {
        assert_eq!(
            error(&nothing).message,
            "nothing about what is wrong",
            "{nothing}"
        );
    }
    assert_eq!(
        error(&json!({"error": "x".repeat(9000)})).message.len(),
        300
    );
}

#[test]
fn only_what_passes_is_tried_again() {
    let coded = |code: &str| error(&json!({"error": {"message": "m", "type": "t", "code": code}}));
    let plain = ServerError::default();
    assert_eq!(coded("rate_limit_exceeded").cause(429, None), Cause::Busy);
    assert_eq!(coded("insufficient_quota").cause(429, None), Cause::Quota);
    assert_eq!(
        coded("insufficient_quota").cause(429, Some(true)),
        Cause::Quota
    );
    assert_eq!(
        coded("context_length_exceeded").cause(400, None),
        Cause::TooLong
    );
    assert_eq!(coded("model_not_found").cause(404, None), Cause::NotFound);
    assert_eq!(
        [401, 403].map(|status| plain.cause(status, None)),
        [Cause::Credentials; 2]
    );
    assert_eq!(
        [408, 409, 500, 502, 503, 504, 529].map(|status| plain.cause(status, None)),
        [Cause::Passing; 7]
    );
    assert_eq!(
        [400, 422].map(|status| plain.cause(status, None)),
        [Cause::Request; 2]
    );
    assert_eq!(
        plain.cause(503, Some(false)),
        Cause::Request,
        "the server knows"
    );
    assert_eq!(plain.cause(400, Some(true)), Cause::Passing);
    for cause in [
        Cause::Quota,
        Cause::Credentials,
        Cause::NotFound,
        Cause::TooLong,
        Cause::Request,
    ] {
        assert!(!cause.is_worth_retrying());
    }
    assert!(Cause::Busy.is_worth_retrying() && Cause::Passing.is_worth_retrying());
}
