//! Making the tables.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    TimeToLiveStatus,
};
use social::{Made, TablesError};

use crate::harness::{Dynamo, aws};

#[tokio::test]
async fn tables_are_made_once_and_presence_expires_by_itself() {
    let Dynamo {
        client,
        names,
        tables,
    } = Dynamo::unmade(aws::endpoint().await);
    let missing = tables.check().await.unwrap_err();
    assert!(missing.to_string().contains("create-tables"), "{missing}");
    for want in [Made::Now, Made::Before] {
        let made = tables.create().await.unwrap();
        let told: Vec<&str> = made.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            told,
            [&names.follows, &names.presence, &names.user_game_stats]
        );
        assert!(made.iter().all(|(_, made)| *made == want), "{made:?}");
    }
    tables.check().await.unwrap();
    let expiry = client
        .describe_time_to_live()
        .table_name(&names.presence)
        .send()
        .await
        .unwrap()
        .time_to_live_description
        .unwrap();
    assert_eq!(expiry.attribute_name(), Some("expiresAt"));
    assert_eq!(
        expiry.time_to_live_status(),
        Some(&TimeToLiveStatus::Enabled)
    );
}

#[tokio::test]
async fn what_is_missing_is_made_and_somebody_elses_table_is_left_alone() {
    let Dynamo {
        client,
        names,
        tables,
    } = Dynamo::unmade(aws::endpoint().await);
    let key = KeySchemaElement::builder()
        .attribute_name("order")
        .key_type(KeyType::Hash);
    let attribute = AttributeDefinition::builder()
        .attribute_name("order")
        .attribute_type(ScalarAttributeType::S);
    client
        .create_table()
        .table_name(&names.user_game_stats)
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(key.build().unwrap())
        .attribute_definitions(attribute.build().unwrap())
        .send()
        .await
        .unwrap();
    let error = tables.create().await.unwrap_err();
    let TablesError::Different { table, why } = &error else {
        panic!("{error}");
    };
    assert_eq!(table, &names.user_game_stats);
    assert!(why.contains("order"), "{why}");
    client
        .delete_table()
        .table_name(&names.user_game_stats)
        .send()
        .await
        .unwrap();
    // The others were made before it was come to.
    let made = tables.create().await.unwrap();
    let how: Vec<Made> = made.into_iter().map(|(_, made)| made).collect();
    assert_eq!(how, [Made::Before, Made::Before, Made::Now]);
}
