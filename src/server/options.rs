//! The command line. Every option may stand after the verb and has an environment variable `PARALLAX_…`.

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
    Export {
        #[arg(long)]
        project: String,
    },
}

#[derive(Subcommand, Clone, Debug)]
pub enum DemoVerb {
    Load {
        #[arg(long, default_value_t = 30)]
        days: u32,
        #[arg(long, default_value_t = 1.0)]
        scale: f64,
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    Remove,
}

#[derive(Subcommand, Clone, Debug)]
pub enum RetentionVerb {
    /// Say what the next run would delete.
    Plan,
    Run,
}

#[derive(Subcommand, Clone, Debug)]
pub enum AuditVerb {
    /// Follow the hash chain from the first entry to the last.
    Verify,
}
