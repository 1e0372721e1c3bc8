//! What holds for every operation of the document.

use std::collections::HashSet;

use serde_json::Value;

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let each = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().expect("methods").iter();
        methods.map(move |(method, operation)| (format!("{method} {path}"), operation))
    });
    each.collect()
}

#[tokio::test]
async fn every_operation_is_complete() {
    let document = grandstand::document().expect("a document");
    let document = serde_json::to_value(document).expect("JSON");
    assert_eq!(document["openapi"], "3.1.0");
    let tags: HashSet<&Value> = document["tags"]
        .as_array()
        .expect("tags")
        .iter()
        .map(|tag| &tag["name"])
        .collect();
    let mut ids = HashSet::new();
    for (name, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        assert!(
            !id.is_empty() && ids.insert(id.to_owned()),
            "{name}: operationId {id:?} is missing or not unique"
        );
        assert!(
            operation["summary"]
                .as_str()
                .is_some_and(|summary| !summary.is_empty()),
            "{name}: no summary"
        );
        let used = operation["tags"].as_array().expect("tags");
        assert!(
            used.iter().all(|tag| tags.contains(tag)),
            "{name}: a tag without a description: {used:?}"
        );
        // Public is said, too: by an empty requirement.
        let security = operation["security"].as_array();
        assert!(
            security.is_some_and(|security| !security.is_empty()),
            "{name}: who may call it?"
        );
        let admin = security
            .into_iter()
            .flatten()
            .any(|scheme| scheme.get("admin").is_some());
        assert_eq!(
            admin,
            name.contains("/api/v1/admin/"),
            "{name}: admin routes are those below /admin"
        );
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let document = grandstand::document().expect("a document");
    let text = serde_json::to_string(&document).expect("JSON");
    let document: Value = serde_json::from_str(&text).expect("JSON");
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap_or_default();
        assert!(document.pointer(pointer).is_some(), "{pointer} is missing");
    }
}
