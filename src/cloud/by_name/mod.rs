//! The methods by their documented names, for scripts. The rows stand beside the builders of their subjects; checking and
//! sending are the typed client's.

mod new_order;
pub(super) mod parameters;
mod sharing;

use serde_json::{Map, Value};

use self::parameters::Parameters;
use super::message::{Answer, Message};
use super::{Client, Error, Keys, account, changes, folders, orders, views};

/// A method that [`Client::call`] knows.
pub struct Method {
    /// As the documentation spells it.
    pub name: &'static str,
    /// The names of its parameters, in the documentation's order.
    pub parameters: &'static [&'static str],
    work: Work,
}

/// What a call does.
pub(super) enum Work {
    /// Gives the account that signing in brought.
    Account,
    /// Sends this message and gives its `ResponseMessage`.
    Send(fn(&Keys, &Parameters<'_>) -> Result<Message, Error>),
}

impl Method {
    pub(super) const fn new(
        name: &'static str,
        parameters: &'static [&'static str],
        work: Work,
    ) -> Method {
        Method {
            name,
            parameters,
            work,
        }
    }
}

/// Every method that [`Client::call`] knows.
pub fn methods() -> impl Iterator<Item = &'static Method> {
    [
        account::METHODS,
        orders::METHODS,
        new_order::METHODS,
        folders::METHODS,
        views::METHODS,
        changes::METHODS,
        sharing::METHODS,
    ]
    .into_iter()
    .flatten()
}

impl Client {
    /// Calls a method by its documented name, with parameters named as documented (`null` is an empty object); `userUuid`
    /// may be left away and is then the account's first user. Gives the answer's `ResponseMessage` as received.
    ///
    /// # Errors
    /// A method or a parameter that is not known or not right, before anything is sent; and what any request can meet.
    pub async fn call(&self, method: &str, parameters: &Value) -> Result<Value, Error> {
        let Some(method) = methods().find(|known| known.name == method) else {
            return Err(Error::UnknownMethod(method.chars().take(60).collect()));
        };
        let nothing = Map::new();
        let given = match parameters {
            Value::Null => &nothing,
            Value::Object(given) => given,
            _ => {
                return Err(Error::InvalidParameter {
                    name: "The parameters",
                    value: "a list or a single value".to_owned(),
                    wants: "they are written as a JSON object",
                });
            }
        };
        let account = self.account();
        let given = Parameters::new(
            method.name,
            method.parameters,
            given,
            &account,
            self.today(),
        )?;
        match method.work {
            Work::Account => Ok(self.core().session().answer.as_ref().clone()),
            Work::Send(build) => {
                let answer: Answer<Value> = self.ask(build(self.keys(), &given)?).await?;
                Ok(answer.response_message)
            }
        }
    }
}
