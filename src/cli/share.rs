//! `studydrop share`: shares orders or a folder, by link, by e-mail, or with users of the account.

use clap::{Args, Subcommand};
use jiff::ToSpan;
use jiff::Zoned;
use jiff::civil::Date;
use serde_json::json;
use uuid::Uuid;

use super::folders::one_folder;
use super::search::{day, first_user, location};
use super::{Context, failure, output, variable};
use crate::cloud::model::{Shared, User};
use crate::cloud::{Client, Email, FolderShare, MailTo, parse_guid};
use crate::message::{Failure, Share};
use crate::worker::account;

/// Environment variable with a password. As an argument it could be read by other users of the computer.
const PASSWORD: &str = "STUDYDROP_SHARE_PASSWORD";

#[derive(Debug, Args)]
pub struct Options {
    /// What to share.
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Share orders, by a link or by e-mail.
    Orders(OrdersOptions),
    /// Share a folder, by a link, by e-mail, or with people of the account.
    Folder(FolderOptions),
}

#[derive(Debug, Args)]
struct Recipients {
    /// Send the link to this address; without it the link is printed.
    #[arg(long, value_parser = email)]
    email: Option<Email>,
    /// Send the password to this address rather than with the link.
    #[arg(long, requires = "email", value_parser = email)]
    password_to: Option<Email>,
    /// The day that it ends after, or a number of days from today, such as 7 or 30; without it the share never ends.
    #[arg(long, value_parser = expiry, value_name = "YYYY-MM-DD or DAYS")]
    expires: Option<Date>,
    /// Whether recipients may download the images.
    #[arg(long)]
    may_download: bool,
}

#[derive(Debug, Args)]
struct OrdersOptions {
    /// The orders, as `studydrop orders --json` names them (PatientOrderUuid).
    #[arg(required = true, value_parser = guid)]
    orders: Vec<Uuid>,
    #[command(flatten)]
    to: Recipients,
}

#[derive(Debug, Args)]
struct FolderOptions {
    /// Such as Trauma/Week 48.
    path: String,
    #[command(flatten)]
    to: Recipients,
    /// Share with this user of the account, by name or GUID; may be given several times.
    #[arg(long, conflicts_with_all = ["email", "may_download", "may_upload", "title", "text", "group"])]
    user: Vec<String>,
    /// Share with this group of users, by name or GUID; may be given several times.
    #[arg(long, conflicts_with_all = ["email", "may_download", "may_upload", "title", "text"])]
    group: Vec<String>,
    /// Recipients may upload images, which go to this location (name or GUID).
    #[arg(long, value_name = "LOCATION")]
    may_upload: Option<String>,
    /// A heading for recipients.
    #[arg(long, default_value = "")]
    title: String,
    /// A text for recipients.
    #[arg(long, default_value = "")]
    text: String,
}

fn email(text: &str) -> Result<Email, String> {
    Email::parse("", text).map_err(|_| "it is no e-mail address".to_owned())
}

fn guid(text: &str) -> Result<Uuid, String> {
    parse_guid("", text).map_err(|_| "it is no GUID".to_owned())
}

/// Parses a date, or a number of days from today. Dates in the past are refused.
fn expiry(text: &str) -> Result<Date, String> {
    let today = Zoned::now().date();
    let last = match text.trim().parse::<i32>() {
        Ok(days @ 1..=36_500) => today
            .checked_add(days.days())
            .map_err(|error| error.to_string()),
        Ok(_) => Err("a number of days is from 1 to 36500".to_owned()),
        Err(_) => day(text),
    }?;
    match last < today {
        true => Err("this day is over".to_owned()),
        false => Ok(last),
    }
}

impl Recipients {
    fn mail(&self) -> Option<MailTo> {
        self.email.clone().map(|email| MailTo {
            email,
            password_to: self.password_to.clone(),
        })
    }
}

pub(super) async fn run(context: &Context, options: Options) -> Result<bool, Failure> {
    let password = variable(PASSWORD);
    refuse_password(password.as_deref(), &options.what)?;
    let session = context.sign_in().await?;
    let client = &session.client;
    let done = share(client, options.what, password).await;
    client.close().await;
    let shared = done?;
    let until = match shared.expire_date.as_str() {
        "" => "never ends".to_owned(),
        day => format!("until {day}"),
    };
    context.outcome.replace(until);
    print(context, &shared);
    Ok(true)
}

/// An error if a password is set but would not be used.
fn refuse_password(password: Option<&str>, what: &What) -> Result<(), Failure> {
    let takes_one = match what {
        What::Orders(_) => false,
        What::Folder(folder) => folder.user.is_empty() && folder.group.is_empty(),
    };
    match password {
        Some(_) if !takes_one => Err(failure(
            format!("{PASSWORD} is set, but the account makes the password of this kind of share."),
            &format!("Unset {PASSWORD}, or share a folder by link or e-mail."),
        )),
        _ => Ok(()),
    }
}

async fn share(client: &Client, what: What, password: Option<String>) -> Result<Shared, Failure> {
    let account = client.account();
    let user = first_user(&account)?;
    let share = match what {
        What::Orders(options) => Share::Orders {
            to: options.to.mail(),
            orders: options.orders,
            can_download: options.to.may_download,
            expires: options.to.expires,
        },
        What::Folder(options) => {
            let folder = one_folder(client, user.user_uuid, &options.path).await?;
            of_folder(client, user, folder, options, password).await?
        }
    };
    account::share(client, user.user_uuid, &share).await
}

async fn of_folder(
    client: &Client,
    user: &User,
    folder: Uuid,
    options: FolderOptions,
    password: Option<String>,
) -> Result<Share, Failure> {
    let expires = options.to.expires;
    let worded = |error: crate::cloud::Error| Failure::from(&error);
    if !options.user.is_empty() {
        let known = client.get_user_list(user.user_uuid).await.map_err(worded)?;
        let known: Vec<_> = known
            .iter()
            .map(|one| {
                (
                    one.user_uuid,
                    [one.full_name.as_str(), one.user_name.as_str()],
                )
            })
            .collect();
        let users = all_of("user", &options.user, &known)?;
        return Ok(Share::FolderWithUsers {
            folder,
            users,
            expires,
        });
    }
    if !options.group.is_empty() {
        let known = client.get_user_group_list(user.user_uuid).await;
        let known = known.map_err(worded)?;
        let known: Vec<_> = known
            .iter()
            .map(|one| (one.user_group_uuid, [one.user_group_name.as_str(), ""]))
            .collect();
        let groups = all_of("user group", &options.group, &known)?;
        return Ok(Share::FolderWithGroups {
            folder,
            groups,
            expires,
        });
    }
    let upload_to = match &options.may_upload {
        Some(name) => Some(location(user, Some(name))?.0),
        None => None,
    };
    Ok(Share::Folder {
        to: options.to.mail(),
        upload_to,
        share: FolderShare {
            folder,
            password: password.unwrap_or_default(),
            title: options.title,
            description: options.text,
            expires,
            can_download: options.to.may_download,
        },
    })
}

/// UUIDs of the entries with these names or GUIDs.
fn all_of(
    kind: &str,
    wanted: &[String],
    known: &[(Uuid, [&str; 2])],
) -> Result<Vec<Uuid>, Failure> {
    let one = |wanted: &String| {
        let lower = wanted.trim().to_lowercase();
        let is_it = |(uuid, names): &&(Uuid, [&str; 2])| {
            names
                .iter()
                .any(|name| !name.is_empty() && name.to_lowercase() == lower)
                || Uuid::parse_str(&lower).is_ok_and(|one| one == *uuid)
        };
        let found: Vec<Uuid> = known.iter().filter(is_it).map(|(uuid, _)| *uuid).collect();
        match found.as_slice() {
            [one] => Ok(*one),
            [] => {
                let names: Vec<&str> = known.iter().map(|(_, [name, _])| *name).collect();
                Err(failure(
                    format!("There is no {kind} {}.", wanted.trim()),
                    &format!("The account has: {}.", names.join(", ")),
                ))
            }
            _ => Err(failure(
                format!("More than one {kind} is named {}.", wanted.trim()),
                "Give the GUID.",
            )),
        }
    };
    wanted.iter().map(one).collect()
}

fn print(context: &Context, shared: &Shared) {
    if context.json {
        output::object(&json!({
            "link": shared.result,
            "password": shared.share_password,
            "expires": shared.expire_date,
            "outbox": shared.outbox_folder,
            "share": shared.other.get("ShareUuid"),
        }));
        return;
    }
    let ends = match shared.expire_date.as_str() {
        "" => "never",
        day => day,
    };
    let lines = [
        ("Link", shared.result.as_str()),
        ("Password", shared.share_password.as_str()),
        ("Ends", ends),
        ("Messages in", shared.outbox_folder.as_str()),
    ];
    if !shared.outbox_folder.is_empty() {
        output::line("The practice workspace sends no e-mail: nobody was written to.");
    }
    for (name, value) in lines.iter().filter(|(_, value)| !value.is_empty()) {
        output::line(format!("{name}: {value}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_a_day_to_come_or_a_number_of_days() {
        let today = Zoned::now().date();
        assert_eq!(expiry("7"), Ok(today.checked_add(7.days()).unwrap()));
        assert_eq!(expiry("2999-12-31"), Ok(Date::constant(2999, 12, 31)));
        for (wrong, words) in [
            ("2001-01-01", "over"),
            ("0", "number of days"),
            ("2026-02-30", "calendar"),
            ("soon", "calendar"),
        ] {
            assert!(expiry(wrong).unwrap_err().contains(words), "{wrong}");
        }
    }

    #[test]
    fn people_are_found_by_name_or_guid_and_never_guessed() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let known = [(one, ["Åsa Öberg", "asa"]), (other, ["Åsa Öberg", "oberg"])];
        let find = |name: &str| all_of("user", &[name.to_owned()], &known);
        assert_eq!(find("ASA"), Ok(vec![one]));
        assert_eq!(find(&other.to_string()), Ok(vec![other]));
        assert!(
            find("åsa öberg")
                .unwrap_err()
                .what
                .contains("More than one")
        );
        let nobody = find("Nobody").unwrap_err();
        assert!(nobody.what.contains("no user Nobody") && nobody.remedy.contains("Åsa Öberg"));
    }
}
