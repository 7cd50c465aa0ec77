use super::say;
use crate::identity::projects;
use crate::machine::Machine;
use crate::options::ProjectVerb;

pub async fn run(machine: &Machine, verb: ProjectVerb) -> anyhow::Result<()> {
    match verb {
        ProjectVerb::Create { name, zone, catalogue } => {
            let id = projects::create(&machine.database, &name, &zone, &catalogue).await?;
            say(&id.to_string())
        }
        ProjectVerb::List => {
            for project in projects::list(&machine.database).await? {
                say(&format!(
                    "{}\t{}\t{}\t{}\t{}",
                    project.id, project.name, project.kind, project.zone, project.catalogue
                ))?;
            }
            Ok(())
        }
    }
}
