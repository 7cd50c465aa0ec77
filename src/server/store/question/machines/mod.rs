//! Machines: processor, memory, disks, network and programs of every host that reports, in whatever dialect.

pub mod dialect;
pub mod samples;

use crate::database::fault::Told;
use crate::engine::calendar::Buckets;
use crate::engine::statistics;
use crate::store::question::metrics::SeriesRow;
use crate::store::{Look, Store};
use dialect::Measure;
use parallax_domain::question::Figure;
use parallax_domain::{Filter, Period, Problem};
use samples::{Choice, Sample, Stream, course, usual_gap};
use std::collections::BTreeMap;

/// What is known of a machine's readings as a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    pub average: Figure,
    pub least: Figure,
    pub most: Figure,
    pub p5: Figure,
    pub p50: Figure,
    pub p90: Figure,
    pub p95: Figure,
    pub last: Figure,
    /// Milliseconds since 1970.
    pub last_at: i64,
    /// Milliseconds between readings, as usual.
    pub every: Option<i64>,
    pub n: i64,
}

impl Summary {
    fn of(samples: &[Sample]) -> Summary {
        let mut values: Vec<f64> = samples.iter().map(|sample| sample.value).collect();
        Summary {
            average: statistics::mean(&values),
            least: values.iter().copied().reduce(f64::min),
            most: values.iter().copied().reduce(f64::max),
            p5: statistics::quantile(&mut values, 0.05),
            p50: statistics::quantile(&mut values, 0.50),
            p90: statistics::quantile(&mut values, 0.90),
            p95: statistics::quantile(&mut values, 0.95),
            last: samples.last().map(|sample| sample.value),
            last_at: samples.last().map_or(0, |sample| sample.at),
            every: usual_gap(samples),
            n: samples.len() as i64,
        }
    }

    pub fn of_choice(&self, choice: Choice, low_is_bad: bool) -> Figure {
        match (choice, low_is_bad) {
            (Choice::Average, _) => self.average,
            (Choice::Least, _) => self.least,
            (Choice::Most, _) => self.most,
            (Choice::P50, _) => self.p50,
            (Choice::P95, true) => self.p5,
            (Choice::P90, false) => self.p90,
            (Choice::P95, false) => self.p95,
            (Choice::P90, true) => None,
        }
    }
}

/// One thing of a machine over time: the machine as a whole, a core, a volume, a program.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    pub name: String,
    /// One value per bucket.
    pub values: Vec<Figure>,
    pub summary: Summary,
}

/// Courses on buckets that are no finer than what was told.
pub struct Courses {
    pub buckets: Buckets,
    pub courses: Vec<Course>,
    /// Readings behind them.
    pub n: i64,
}

/// A volume as it is at the end of the period.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VolumeRow {
    pub device: Option<String>,
    pub size: Figure,
    pub used: Figure,
    /// Named by its mount point; its values are shares of 0 to 1.
    pub course: Course,
}

/// Programs of one name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProgramRow {
    pub name: String,
    /// Share of all cores, 0 to 1.
    pub processor: Summary,
    /// Bytes.
    pub memory: Summary,
}

/// A machine by name, and what it says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MachineRow {
    pub host: String,
    /// `os.description`, `host.type`, `cloud.region`, …
    pub about: BTreeMap<String, String>,
    /// Cores that report one by one; 0 where none does.
    pub cores: usize,
}

/// How a course is made of readings.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    pub period: Period,
    pub zone: &'a str,
    pub choice: Choice,
    /// One machine; none: all.
    pub host: Option<&'a str>,
    /// On `host` and on what machines say of themselves.
    pub filters: &'a [Filter],
}

impl Wish<'_> {
    fn span(&self) -> (i64, i64) {
        (self.period.from.timestamp_millis(), self.period.to.timestamp_millis())
    }

    /// As courses, in buckets that hold a reading each where the machines report as usual.
    fn courses(
        &self,
        named: Vec<(String, Vec<Sample>)>,
        low_is_bad: bool,
    ) -> Result<(Buckets, Vec<Course>, i64), Problem> {
        let (from, to) = self.span();
        let named: Vec<(String, Vec<Sample>)> = named
            .into_iter()
            .map(|(name, mut samples)| {
                samples.retain(|sample| sample.at >= from && sample.at < to);
                (name, samples)
            })
            .filter(|(_, samples)| !samples.is_empty())
            .collect();
        let every = named.iter().filter_map(|(_, samples)| usual_gap(samples)).max().unwrap_or(0);
        let buckets = Buckets::for_readings(self.zone, self.period, every)?;
        let n = named.iter().map(|(_, samples)| samples.len() as i64).sum();
        let courses = named
            .into_iter()
            .map(|(name, samples)| Course {
                values: course(&samples, &buckets, self.choice, low_is_bad),
                summary: Summary::of(&samples),
                name,
            })
            .collect();
        Ok((buckets, courses, n))
    }
}

impl Store {
    /// Every machine's course of one measure.
    #[tracing::instrument(target = "parallax::own", name = "question", skip_all, fields(otel.name = "question machines", otel.kind = "client"))]
    pub async fn machines(&self, look: &mut Look, wish: &Wish<'_>, measure: Measure) -> Result<Courses, Problem> {
        let hosts = self.streams_by_host(look, wish, &measure.names()).await?;
        let from = wish.span().0;
        let named = hosts.into_iter().map(|(host, streams)| (host, dialect::read(measure, &streams, from))).collect();
        let (buckets, courses, n) = wish.courses(named, measure.low_is_bad())?;
        Ok(Courses { buckets, courses, n })
    }

    /// The cores of the wished machine.
    pub async fn machine_cores(&self, look: &mut Look, wish: &Wish<'_>) -> Result<Courses, Problem> {
        let hosts = self.streams_by_host(look, wish, &Measure::Processor.names()).await?;
        let named = hosts.into_values().flat_map(|streams| dialect::cores(&streams, wish.span().0)).collect();
        let (buckets, courses, n) = wish.courses(named, false)?;
        Ok(Courses { buckets, courses, n })
    }

    /// The volumes of the wished machine, the fullest first.
    pub async fn machine_volumes(
        &self,
        look: &mut Look,
        wish: &Wish<'_>,
    ) -> Result<(Buckets, Vec<VolumeRow>), Problem> {
        let hosts = self.streams_by_host(look, wish, &Measure::DiskUsed.names()).await?;
        let volumes: Vec<dialect::Volume> =
            hosts.into_values().flat_map(|streams| dialect::volumes(&streams)).collect();
        let named = volumes.iter().map(|volume| (volume.mount.clone(), volume.share.clone())).collect();
        let (buckets, courses, _) = wish.courses(named, false)?;
        let rows = courses
            .into_iter()
            .filter_map(|course| {
                let volume = volumes.iter().find(|volume| volume.mount == course.name)?;
                Some(VolumeRow { device: volume.device.clone(), size: volume.size, used: volume.used, course })
            })
            .collect();
        Ok((buckets, rows))
    }

    /// Programs of the wished machine that it tells of; those of one name as one.
    pub async fn machine_programs(&self, look: &mut Look, wish: &Wish<'_>) -> Result<Vec<ProgramRow>, Problem> {
        const PROCESSOR: [&str; 1] = ["process.cpu.utilization"];
        const MEMORY: [&str; 2] = ["process.memory.usage", "process.memory.physical_usage"];
        let hosts = self.streams_by_host(look, wish, &[PROCESSOR.as_slice(), MEMORY.as_slice()].concat()).await?;
        let mut programs: BTreeMap<String, [Vec<Vec<Sample>>; 2]> = BTreeMap::new();
        for stream in hosts.into_values().flatten() {
            let names = ["process.executable.name", "process.command", "service"];
            let name = stream.label(&names).unwrap_or_else(|| "unnamed".to_owned());
            let place = usize::from(MEMORY.contains(&stream.series.name.as_str()));
            programs.entry(name).or_default()[place].push(stream.values());
        }
        let (from, to) = wish.span();
        let whole = |streams: Vec<Vec<Sample>>| {
            let mut samples = samples::together(&streams, samples::Fold::Sum);
            samples.retain(|sample| sample.at >= from && sample.at < to);
            Summary::of(&samples)
        };
        let rows = programs.into_iter().map(|(name, [processor, memory])| ProgramRow {
            name,
            processor: whole(processor),
            memory: whole(memory),
        });
        Ok(rows.filter(|row| row.processor.n + row.memory.n > 0).collect())
    }

    /// What machines say of themselves. Known from the catalogue of series alone, so it is there while they are silent.
    pub async fn machine_catalogue(&self, look: &mut Look) -> Result<Vec<MachineRow>, Problem> {
        let mut names = Measure::Processor.names();
        names.extend(Measure::MemoryUsed.names());
        let mut machines: BTreeMap<String, MachineRow> = BTreeMap::new();
        let mut cores: BTreeMap<String, std::collections::BTreeSet<String>> = BTreeMap::new();
        for series in self.series_named(look, &names).await? {
            let Some(host) = host_of(&series) else { continue };
            let row = machines
                .entry(host.clone())
                .or_insert_with(|| MachineRow { host: host.clone(), ..MachineRow::default() });
            for key in series.resource.keys() {
                if let Some(value) = series.label(key) {
                    row.about.insert(key.clone(), value);
                }
            }
            let stream = Stream { series, points: Vec::new() };
            cores.entry(host).or_default().extend(dialect::core_of(&stream));
        }
        for (host, row) in &mut machines {
            row.cores = cores.get(host).map_or(0, std::collections::BTreeSet::len);
        }
        Ok(machines.into_values().collect())
    }

    /// Size of the wished machine's memory, as told last.
    pub async fn machine_memory(&self, look: &mut Look, wish: &Wish<'_>) -> Result<Figure, Problem> {
        let hosts = self.streams_by_host(look, wish, &Measure::MemoryUsed.names()).await?;
        Ok(hosts.values().find_map(|streams| dialect::memory_size(streams).last().map(|sample| sample.value)))
    }

    /// Services that have sent anything from this machine.
    pub async fn services_on(&self, look: &mut Look, host: &str) -> Result<Vec<String>, Problem> {
        sqlx::query_scalar(
            "select distinct attributes ->> 'service.name' as service from resource \
             where project = $1 and $2 in (attributes ->> 'host.name', attributes ->> 'k8s.node.name', attributes ->> 'host.id') \
               and attributes ? 'service.name' order by service limit 50",
        )
        .bind(look.project)
        .bind(host)
        .fetch_all(&mut *look.connection)
        .await
        .told()
    }

    async fn series_named(&self, look: &mut Look, names: &[&str]) -> Result<Vec<SeriesRow>, Problem> {
        sqlx::query_as(
            "select s.id, s.name, s.unit, s.kind, s.cumulative, s.monotonic, s.service, s.host, s.labels, \
                    coalesce(r.attributes, '{}'::jsonb) as resource \
             from series s left join resource r on r.project = s.project and r.id = s.resource \
             where s.project = $1 and s.name = any($2) order by s.name, s.id",
        )
        .bind(look.project)
        .bind(names)
        .fetch_all(&mut *look.connection)
        .await
        .told()
    }

    async fn streams_by_host(
        &self,
        look: &mut Look,
        wish: &Wish<'_>,
        names: &[&str],
    ) -> Result<BTreeMap<String, Vec<Stream>>, Problem> {
        let series = self.series_named(look, names).await?;
        let (from, to) = wish.span();
        let mut hosts: BTreeMap<String, Vec<Stream>> = BTreeMap::new();
        for of_name in series.chunk_by(|a, b| a.name == b.name) {
            let wished = |series: &&SeriesRow| {
                let named = host_of(series).is_some_and(|host| wish.host.is_none_or(|wished| host == wished));
                named && wish.filters.iter().all(|filter| series.passes(filter))
            };
            let chosen: Vec<&SeriesRow> = of_name.iter().filter(wished).collect();
            let Some(first) = chosen.first() else { continue };
            let mut points = self.points(look, &first.name, from, to).await?;
            for series in chosen {
                if let (Some(points), Some(host)) = (points.remove(&series.id), host_of(series)) {
                    hosts.entry(host).or_default().push(Stream { series: series.clone(), points });
                }
            }
        }
        Ok(hosts)
    }
}

/// The machine that a series is about. A scraped one is named by the address that it was scraped at.
fn host_of(series: &SeriesRow) -> Option<String> {
    let scraped = || {
        series
            .label("instance")
            .map(|address| address.rsplit_once(':').map_or(address.clone(), |(host, _)| host.to_owned()))
    };
    series.host.clone().or_else(scraped)
}
