//! The program itself, run as a person or a script runs it, and the practice server's data read behind its back.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use uuid::Uuid;

const PROGRAM: &str = env!("CARGO_BIN_EXE_studydrop");

/// `studydrop practice`, running in a process of its own.
pub struct Practice {
    child: Child,
    pub data: PathBuf,
    /// The first line that it printed.
    pub hello: Value,
}

impl Practice {
    pub fn start(data: &Path) -> Self {
        Self::start_with(data, "127.0.0.1:0", &[])
    }

    pub fn start_with(data: &Path, listen: &str, options: &[&str]) -> Self {
        let mut child = Command::new(PROGRAM)
            .args(["practice", "--listen", listen, "--data"])
            .arg(data)
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("its output is piped");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("it says where it is");
        let hello = serde_json::from_str(&line).expect("its first line is JSON");
        Practice {
            child,
            data: data.to_owned(),
            hello,
        }
    }

    pub fn address(&self) -> String {
        let router = self.hello["router"].as_str().expect("a router");
        router
            .trim_start_matches("http://")
            .split('/')
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    /// A command that signs in here; the program's own data goes to `home`.
    pub fn command(&self, home: &Path, arguments: &[&str]) -> Command {
        let text = |name: &str| self.hello[name].as_str().expect("a text").to_owned();
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments)
            .env("STUDYDROP_DATA", home)
            .env("STUDYDROP_ROUTER", text("router"))
            .env("STUDYDROP_API_KEY", text("api_key"))
            .env("STUDYDROP_ACCOUNT_KEY", text("account_key"));
        command
    }

    pub fn run(&self, home: &Path, arguments: &[&str]) -> Run {
        Run::of(
            self.command(home, arguments)
                .output()
                .expect("the program runs"),
        )
    }

    /// A key of its first line.
    pub fn key(&self, name: &str) -> Uuid {
        self.hello[name].as_str().expect("a text").parse().unwrap()
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) -> PathBuf {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
        self.data.clone()
    }

    /// What the server holds, read from its database: SOP Instance UID and file.
    pub fn stored(&self) -> Vec<(String, PathBuf)> {
        stored(&self.data)
    }
}

impl Drop for Practice {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn stored(data: &Path) -> Vec<(String, PathBuf)> {
    let db = rusqlite::Connection::open(data.join("practice.sqlite")).expect("the database opens");
    let mut query = db
        .prepare("SELECT sop_uid, path FROM image ORDER BY sop_uid")
        .unwrap();
    let rows = query.query_map([], |row| {
        Ok((
            row.get(0)?,
            data.join("files").join(row.get::<_, String>(1)?),
        ))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// A program that has ended.
pub struct Run {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    pub fn of(output: Output) -> Self {
        Run {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).expect("its output is UTF-8"),
            err: String::from_utf8(output.stderr).expect("its errors are UTF-8"),
        }
    }

    /// The JSON objects of one kind.
    pub fn events(&self, kind: &str) -> Vec<Value> {
        let objects = self
            .out
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect(line));
        objects.filter(|object| object["event"] == kind).collect()
    }

    pub fn says(&self) -> String {
        format!("exit {}\n{}\n{}", self.status, self.out, self.err)
    }
}

/// Runs the program without signing in anywhere.
pub fn run(home: &Path, arguments: &[&str]) -> Run {
    let output = Command::new(PROGRAM)
        .args(arguments)
        .env("STUDYDROP_DATA", home)
        .env_remove("STUDYDROP_API_KEY")
        .env_remove("STUDYDROP_ACCOUNT_KEY")
        .env_remove("STUDYDROP_ROUTER")
        .output();
    Run::of(output.expect("the program runs"))
}
