//! `studydrop call`: calls a Cloud API method by its documented name.

use clap::Args;
use serde_json::Value;

use super::{Context, failure, files, output};
use crate::cloud;
use crate::message::Failure;

#[derive(Debug, Args)]
pub struct Options {
    /// The method, as the Cloud API's documentation names it.
    method: String,
    /// Its parameters as a JSON object, named as documented; userUuid may be left away.
    #[arg(default_value = "{}")]
    parameters: String,
}

impl Options {
    /// Text for the log; `None` for methods that change nothing.
    pub(super) fn in_log(&self) -> Option<String> {
        let asks = |name: &str| {
            name.starts_with("Get") || name.starts_with("Read") || name == "Initialize"
        };
        let known = method_names().into_iter().find(|name| *name == self.method);
        known
            .filter(|name| !asks(name))
            .map(|name| format!("{name} was called by the command line"))
    }
}

/// Names of all methods that `studydrop call` knows, as documented.
pub fn method_names() -> Vec<&'static str> {
    let names = cloud::methods().map(|method| method.name);
    names.chain(files::names()).collect()
}

pub(super) async fn run(context: &Context, options: Options) -> Result<bool, Failure> {
    let parameters: Value = serde_json::from_str(&options.parameters).map_err(|error| {
        failure(
            format!("The parameters are no JSON: {error}."),
            r#"Write them like '{"folderName": "Trauma"}'."#,
        )
    })?;
    if let Some(method) = files::find(&options.method) {
        return files::run(context, method, &parameters).await;
    }
    if !cloud::methods().any(|known| known.name == options.method) {
        // Checked before signing in, which a typo does not need.
        let error = cloud::Error::UnknownMethod(options.method.chars().take(60).collect());
        return Err(Failure::from(&error));
    }
    let session = context.sign_in().await?;
    let answer = session.client.call(&options.method, &parameters).await;
    session.client.close().await;
    output::object(&answer.map_err(|error| Failure::from(&error))?);
    Ok(true)
}
