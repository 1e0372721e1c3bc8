use std::path::Path;

use serde_json::Value;

use crate::harness::TestApp;

/// Written anew by `UPDATE_SNAPSHOTS=1 cargo test -p grandstand-tests openapi`; read the difference before committing.
#[tokio::test]
async fn the_document_is_as_it_was_agreed() {
    let app = TestApp::builder()
        .setting("PUBLIC_URL", "http://localhost:3000")
        .start()
        .await;
    let document = app.get("/openapi.json").await.assert_ok();
    let now = format!("{document:#}\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/snapshots/openapi.json");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &now).unwrap();
        return;
    }
    let agreed = std::fs::read_to_string(&path).unwrap_or_default();
    if now != agreed {
        let changed: Vec<_> = now
            .lines()
            .zip(agreed.lines())
            .filter(|(now, agreed)| now != agreed)
            .take(5)
            .collect();
        panic!(
            "the API has changed; look at it with UPDATE_SNAPSHOTS=1 and git diff. It begins with {changed:#?}"
        );
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere_and_every_operation_has_a_name_of_its_own() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.assert_ok();
    let mut references = Vec::new();
    collect(&document, "$ref", &mut references);
    for reference in &references {
        let target = reference.as_str().unwrap().trim_start_matches('#');
        assert!(document.pointer(target).is_some(), "{reference}");
    }
    let mut names = Vec::new();
    collect(&document["paths"], "operationId", &mut names);
    let count = names.len();
    names.sort_by_key(Value::to_string);
    names.dedup();
    assert!(count > 30, "{count} operations");
    assert_eq!(names.len(), count);
}

fn collect(value: &Value, name: &str, found: &mut Vec<Value>) {
    match value {
        Value::Object(fields) => {
            for (field, inner) in fields {
                if field == name && inner.is_string() {
                    found.push(inner.clone());
                }
                collect(inner, name, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, name, found)),
        _ => {}
    }
}
