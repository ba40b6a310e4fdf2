//! `studydrop call`: one Cloud API method by its documented name.

use clap::Args;
use serde_json::Value;

use super::{Context, failure, output};
use crate::message::Failure;

#[derive(Debug, Args)]
pub struct Options {
    /// The method, as the Cloud API's documentation names it.
    method: String,
    /// Its parameters as a JSON object, named as documented; userUuid may be left away.
    #[arg(default_value = "{}")]
    parameters: String,
}

pub(super) async fn run(context: &Context, options: Options) -> Result<bool, Failure> {
    let parameters: Value = serde_json::from_str(&options.parameters).map_err(|error| {
        failure(
            format!("The parameters are no JSON: {error}."),
            r#"Write them like '{"folderName": "Trauma"}'."#,
        )
    })?;
    let session = context.sign_in().await?;
    let answer = session.client.call(&options.method, &parameters).await;
    session.client.close().await;
    output::object(&answer.map_err(|error| Failure::from(&error))?);
    Ok(true)
}
