//! The command line. Every option may stand after the verb and has an environment variable `PARALLAX_…`.

use crate::network::Network;
use clap::{Args, Parser, Subcommand, ValueEnum};
use parallax_domain::Role;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

#[derive(Parser, Debug)]
#[command(name = "parallax", version, about = "One stream of telemetry, five points of view.")]
pub struct CommandLine {
    #[command(subcommand)]
    pub verb: Option<Verb>,
    #[command(flatten)]
    pub options: Options,
}

#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Folder of the private database, keys and logs. Default: /var/lib/parallax as root, else the user's data folder.
    #[arg(long, env = "PARALLAX_DATA_DIR", global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// A Postgres server to use instead of the private one.
    #[arg(long, env = "PARALLAX_DATABASE_URL", global = true, value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Address of the web server.
    #[arg(long, env = "PARALLAX_LISTEN", global = true, default_value = "127.0.0.1:3000", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// Address for OpenTelemetry over gRPC. Not served yet: send over HTTP.
    #[arg(long, env = "PARALLAX_OTLP_GRPC", global = true, default_value = "127.0.0.1:4317", value_name = "ADDR|off")]
    pub otlp_grpc: Door,
    /// Address for syslog over TCP and UDP. Not served yet.
    #[arg(long, env = "PARALLAX_SYSLOG", global = true, default_value = "off", value_name = "ADDR|off")]
    pub syslog: Door,
    /// Address under which people reach this server; links are made with it.
    #[arg(long, env = "PARALLAX_PUBLIC_URL", global = true, value_name = "URL")]
    pub public_url: Option<String>,
    /// Proxies in front of this server, beside those on this machine: they are believed whom a request came from.
    #[arg(long, env = "PARALLAX_TRUSTED_PROXY", global = true, value_name = "ADDR", value_delimiter = ',')]
    pub trusted_proxy: Vec<Network>,
    /// Budget for caches and queues.
    #[arg(long, env = "PARALLAX_MEMORY", global = true, default_value_t = 512, value_name = "MIB")]
    pub memory: u64,
    /// Country database in MaxMind's format; without it countries come from browsers' time zones.
    #[arg(long, env = "PARALLAX_GEO_DATABASE", global = true, value_name = "FILE")]
    pub geo_database: Option<PathBuf>,
    /// Telemetry of Parallax itself, kept in the project `parallax`.
    #[arg(long, env = "PARALLAX_OWN_TELEMETRY", global = true, default_value = "on", value_name = "on|off")]
    pub own_telemetry: Switch,
    #[arg(long, env = "PARALLAX_LOG_FORMAT", global = true, default_value = "text", value_name = "text|json")]
    pub log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

/// A listening address, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Door(pub Option<SocketAddr>);

impl FromStr for Door {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" {
            return Ok(Door(None));
        }
        text.parse().map(|address| Door(Some(address))).map_err(|_| format!("{text:?} is neither an address nor `off`"))
    }
}

#[derive(Subcommand, Clone, Debug)]
pub enum Verb {
    /// Serve the product (also without a verb).
    Serve,
    /// Projects.
    #[command(subcommand)]
    Project(ProjectVerb),
    /// Keys of senders and readers.
    #[command(subcommand)]
    Key(KeyVerb),
    /// People who sign in.
    #[command(subcommand)]
    User(UserVerb),
    /// Declared fields.
    #[command(subcommand)]
    Catalogue(CatalogueVerb),
    /// Decisions of people about what may be collected.
    #[command(subcommand)]
    Consent(ConsentVerb),
    /// Compare what arrived with a plan of it: seen, missing, undeclared, carrying personal data. Exit 1 if anything fails.
    Check {
        /// TOML: [[event]], [[metric]], [[span]] and [[log]] tables that are expected.
        plan: PathBuf,
        /// How far back to look, such as 90s, 10m, 2h or 1d.
        #[arg(long, default_value = "10m", value_name = "TIME")]
        since: String,
        /// Name or id; without it the plan's own.
        #[arg(long)]
        project: Option<String>,
        /// Write the result here too, as JUnit XML.
        #[arg(long, value_name = "FILE")]
        junit: Option<PathBuf>,
    },
    /// The simulated company.
    #[command(subcommand)]
    Demo(DemoVerb),
    /// Bring the database up to date.
    Migrate {
        /// Only say what would be done; exit 1 if anything.
        #[arg(long)]
        check: bool,
    },
    /// Deletion of what is older than it may be.
    #[command(subcommand)]
    Retention(RetentionVerb),
    /// Erase one person from everything that is stored, and print the receipt.
    Erase {
        /// Name or id.
        #[arg(long)]
        project: String,
        /// The id as senders spell it, of a user or an anonymous visitor.
        #[arg(long, value_name = "ID")]
        subject: String,
    },
    /// Print everything that is stored about one person.
    Export {
        /// Name or id.
        #[arg(long)]
        project: String,
        /// The id as senders spell it, of a user or an anonymous visitor.
        #[arg(long, value_name = "ID")]
        subject: String,
        #[arg(long, default_value = "json", value_parser = ["json", "csv"])]
        format: String,
    },
    /// Write everything but keys and salts into one file, beside a running server.
    Backup { file: PathBuf },
    /// Read a backup into an empty database, and erase again who was erased since.
    Restore {
        file: PathBuf,
        /// Accept that people who were erased since the backup come back.
        #[arg(long)]
        without_ledger: bool,
    },
    /// The audit log.
    #[command(subcommand)]
    Audit(AuditVerb),
    /// Make timelines, roll-ups and points again from the raw rows.
    Rebuild {
        /// Name or id; none: every project.
        #[arg(long)]
        project: Option<String>,
    },
    /// Check database, partitions, accounting, lag, disk and clock; exit 0 only if all is well.
    Doctor,
}

#[derive(Subcommand, Clone, Debug)]
pub enum ProjectVerb {
    /// Make a project and print its id.
    Create {
        name: String,
        /// Time zone of its days.
        #[arg(long, default_value = "UTC")]
        zone: String,
        #[arg(long, default_value = "learn", value_parser = ["learn", "strict"])]
        catalogue: String,
    },
    List,
}

#[derive(Subcommand, Clone, Debug)]
pub enum KeyVerb {
    /// Make a key and print it once.
    Create {
        /// Name or id.
        #[arg(long)]
        project: String,
        #[arg(long, value_parser = ["ingest", "browser", "read", "write"])]
        kind: String,
        /// Point of view of a read or write key.
        #[arg(long)]
        role: Option<Role>,
        /// Pages that may use a browser key, such as https://shop.example.
        #[arg(long)]
        origin: Vec<String>,
        /// Print the key in the spelling of a UUID.
        #[arg(long)]
        uuid: bool,
        #[arg(long, default_value = "")]
        name: String,
    },
    List {
        #[arg(long)]
        project: Option<String>,
    },
    Revoke {
        #[arg(long)]
        project: Option<String>,
        id: i32,
    },
}

#[derive(Subcommand, Clone, Debug)]
pub enum UserVerb {
    /// Make an account. The password comes from standard input; without one an invitation link is printed.
    Create {
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: String,
        #[arg(long, required = true)]
        role: Vec<Role>,
        /// Name or id; none: every project.
        #[arg(long)]
        project: Vec<String>,
    },
    List,
}

#[derive(Subcommand, Clone, Debug)]
pub enum CatalogueVerb {
    /// Declare fields, so that their values are kept.
    Declare {
        #[arg(long)]
        project: String,
        #[arg(long, default_value = "usage")]
        category: String,
        #[arg(required = true)]
        fields: Vec<String>,
    },
    /// Add and replace entries from a YAML or JSON file; what is not in it stays.
    Import {
        #[arg(long)]
        project: String,
        file: PathBuf,
    },
    /// Print what is declared or blocked, as YAML.
    Export {
        #[arg(long)]
        project: String,
        #[arg(long)]
        json: bool,
    },
    /// Say what declared entries lack. Exit 1 if there are errors.
    Lint {
        #[arg(long, required_unless_present = "file")]
        project: Option<String>,
        /// A file that was not imported yet, instead of what is in force.
        #[arg(long)]
        file: Option<PathBuf>,
    },
}

#[derive(Subcommand, Clone, Debug)]
pub enum ConsentVerb {
    /// Take in decisions that another system kept: JSON as for POST /api/v1/consent, or CSV with the columns user or
    /// anonymous, at, policy, source, and one per category with yes or no.
    Import {
        #[arg(long)]
        project: String,
        file: PathBuf,
    },
}

#[derive(Subcommand, Clone, Debug)]
pub enum DemoVerb {
    /// Tell a company's past, the newest hours first, and keep its shop open from then on. Goes on after an interruption.
    Load {
        /// Length of the past.
        #[arg(long, default_value_t = 30)]
        days: u32,
        /// Factor on people and requests; 1 is about 2,500 people and 175,000 records a day.
        #[arg(long, default_value_t = 1.0)]
        scale: f64,
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Another company or another story than the one that is built in; see `demo scenario`.
        #[arg(long, value_name = "FILE")]
        scenario: Option<PathBuf>,
    },
    /// Take the demo away with everything that was stored for it, also while it comes in.
    Remove,
    /// Print what is true about the demo that is there, as JSON: incidents with their causes, evidence and cost, days, people.
    Truth,
    /// Print the scenario that is built in, to start one's own from.
    Scenario,
}

#[derive(Subcommand, Clone, Debug)]
pub enum RetentionVerb {
    /// Say what the next run would delete.
    Plan,
    Run,
    /// Agree to a change that waits for a second person.
    Approve {
        /// Name or id.
        #[arg(long)]
        project: String,
        id: i64,
    },
    /// Verify proofs of deletion without a database: of a file, else of the data folder.
    Verify {
        file: Option<PathBuf>,
        /// Public key, 64 hexadecimal digits. Default: that of the data folder.
        #[arg(long, value_name = "HEX")]
        key: Option<String>,
    },
}

#[derive(Subcommand, Clone, Debug)]
pub enum AuditVerb {
    /// Follow the hash chain from the first entry to the last.
    Verify,
}
