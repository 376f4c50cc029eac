//! What a review of services as containers found once, so that it is found again by a test.

mod trees;

use std::collections::BTreeSet;

use regex::Regex;
use trees::{Case, cases};

/// The text between two marks, or nothing.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let Some((_, after)) = text.split_once(from) else {
        return "";
    };
    after.split(to).next().unwrap_or_default()
}

/// The pipeline may give away the roles that bootstrap lists and no others: what is missing there stops its first apply.
#[test]
fn the_pipeline_may_grant_the_roles_that_the_project_grants() {
    let role = Regex::new(r#""(roles/[A-Za-z0-9_.]+)""#).expect("an expression");
    let mut n_compared = 0;
    for Case { name, tree, .. } in cases() {
        let granting = |path: &str| path.contains("gcp/") && path.ends_with(".tf");
        let bootstrap = tree
            .files
            .iter()
            .find(|(path, _)| path.ends_with("gcp/bootstrap/main.tf"));
        let Some((_, bootstrap)) = bootstrap else {
            continue;
        };
        let list = between(&bootstrap.text, "grantable_roles = [", "\n  ]");
        if list.is_empty() {
            continue;
        }
        let granted: BTreeSet<&str> = role
            .captures_iter(list)
            .filter_map(|found| found.get(1))
            .map(|found| found.as_str())
            .collect();
        let files = tree
            .files
            .iter()
            .filter(|(path, _)| granting(path) && !path.contains("/bootstrap/"));
        for (path, file) in files {
            let blocks = file.text.split("resource \"google_project_iam_member\" ");
            for block in blocks.skip(1) {
                let block = block.split("\n}").next().unwrap_or_default();
                for found in role.captures_iter(block) {
                    n_compared += 1;
                    assert!(
                        granted.contains(&found[1]),
                        "{name}: {path} grants {}, which the pipeline may not",
                        &found[1]
                    );
                }
            }
        }
    }
    assert!(n_compared > 50, "{n_compared}");
}

/// A worker that its queue calls is a service of Cloud Run, and no pool: released as what it is.
#[test]
fn scripts_release_what_terraform_makes() {
    let mut n_compared = 0;
    for Case { name, tree, .. } in cases() {
        let all: String = tree
            .files
            .iter()
            .filter(|(path, _)| path.ends_with(".tf"))
            .map(|(_, file)| file.text.as_str())
            .collect();
        for (path, file) in &tree.files {
            if !path.starts_with("scripts/") && !path.contains("/scripts/") {
                continue;
            }
            for (command, kind) in [
                ("gcloud run services", "\"google_cloud_run_v2_service\""),
                ("gcloud run jobs", "\"google_cloud_run_v2_job\""),
                (
                    "gcloud run worker-pools",
                    "\"google_cloud_run_v2_worker_pool\"",
                ),
                ("aws ecs describe-services", "\"aws_ecs_service\""),
                ("aws lambda get-alias", "\"aws_lambda_alias\""),
            ] {
                if file.text.contains(command) {
                    n_compared += 1;
                    assert!(
                        all.contains(&format!("resource {kind} ")),
                        "{name}: {path} says `{command}`, and no {kind} is there"
                    );
                }
            }
        }
    }
    assert!(n_compared > 10, "{n_compared}");
}

/// Jenkins has variables and credentials for all of its jobs, where other pipelines have them by environment: a smoke test of one that
/// asks another takes back the wrong release.
#[test]
fn jenkins_tests_the_environment_that_it_has_changed() {
    let mut n_compared = 0;
    for Case { name, tree, .. } in cases() {
        for (path, file) in &tree.files {
            if !path.ends_with("Jenkinsfile") || !file.text.contains("scripts/smoke") {
                continue;
            }
            n_compared += 1;
            let apply = between(&file.text, "stage('Apply')", "scripts/smoke");
            assert!(
                apply.contains("export BASE_URL=${!address}")
                    && apply.contains("-loadtest-${params.ENVIRONMENT}"),
                "{name}: {path} has one address or one user for all environments"
            );
        }
    }
    assert!(n_compared > 0);
}

/// The issuer is below the server's address, and so is a job, but not the one below the other.
#[test]
fn roles_know_jobs_of_jenkins_by_their_address() {
    let mut n_compared = 0;
    for Case { name, tree, .. } in cases() {
        for (path, file) in &tree.files {
            if path.contains("/bootstrap/pipeline.tf") && file.text.contains("/job/") {
                n_compared += 1;
                assert!(
                    file.text.contains("trimsuffix(var.") && !file.text.contains("issuer}/job/"),
                    "{name}: {path}"
                );
            }
        }
    }
    assert!(n_compared > 1, "{n_compared}");
}

/// A state that says `Fail` is where a redrive begins, so that what is kept must be enough to begin anew; and a time for the whole
/// execution is a time for a batch of any number of objects.
#[test]
fn what_a_workflow_gave_up_can_be_done_again() {
    let mut n_compared = 0;
    for Case { name, tree, .. } in cases() {
        let file = |end: &str| tree.files.iter().find(|(path, _)| path.ends_with(end));
        if let Some((path, file)) = file("aws/infrastructure/workflow.tf") {
            n_compared += 1;
            assert!(
                file.text.contains("\"$$.Execution.Input\""),
                "{name}: {path}"
            );
            let whole = between(&file.text, "workflow_definition = {", "States = merge(");
            assert!(!whole.contains("TimeoutSeconds"), "{name}: {path}");
        }
        if let Some((path, file)) = file("gcp/infrastructure/workflow.tf") {
            n_compared += 1;
            let list = between(&file.text, "objects.list", "result:");
            assert!(
                list.contains("maxResults"),
                "{name}: {path}: a page may not fit"
            );
        }
        if file("infrastructure/workflow.tf").is_some() {
            let (path, runbook) = file("docs/RUNBOOK.md").expect("a runbook");
            assert!(
                !runbook.text.contains("redrive-execution"),
                "{name}: {path}"
            );
        }
    }
    assert!(n_compared > 1, "{n_compared}");
}

/// Container Insights says nothing of a service that runs no task: without a zero in its place, none would ever start for a queue.
#[test]
fn a_worker_at_zero_is_started_by_its_queue() {
    let mut n_compared = 0;
    for Case { name, tree, .. } in cases() {
        for (path, file) in &tree.files {
            if path.ends_with("aws/infrastructure/containers.tf")
                && file.text.contains("\"RunningTaskCount\"")
            {
                n_compared += 1;
                let bare = file.text.replace("FILL(tasks, 0)", "").contains("tasks,");
                assert!(
                    file.text.contains("FILL(tasks, 0)") && !bare,
                    "{name}: {path}"
                );
            }
        }
    }
    assert!(n_compared > 0);
}

/// Scripts refuse to go on where one service has no release: the first day releases all of them.
#[test]
fn the_first_day_releases_every_service() {
    let names = Regex::new(r"\^\(([a-z0-9|-]+)\)=sha256").expect("an expression");
    let mut n_compared = 0;
    for Case { name, tree, .. } in cases() {
        let find = |end: &str| tree.files.iter().find(|(path, _)| path.ends_with(end));
        let (Some((_, deploy)), Some((path, start))) =
            (find("scripts/deploy"), find("docs/START.md"))
        else {
            continue;
        };
        let Some(found) = names.captures(&deploy.text) else {
            continue;
        };
        let releases = |line: &&str| line.contains("   scripts/deploy ") && line.contains("=sha");
        for line in start.text.lines().filter(releases) {
            for service in found[1].split('|') {
                n_compared += 1;
                assert!(
                    line.contains(&format!(" {service}=sha256:…")),
                    "{name}: {path} does not release {service}: {line}"
                );
            }
        }
    }
    assert!(n_compared > 20, "{n_compared}");
}

/// Where no target answers, the load balancer counts no request: a share of requests alone is silent when everything fails.
#[test]
fn an_outage_of_everything_is_told() {
    let mut n_compared = 0;
    for Case { name, tree, .. } in cases() {
        for (path, file) in &tree.files {
            if path.ends_with("aws/infrastructure/datadog.tf") {
                n_compared += 1;
                let requests = between(&file.text, "datadog_requests = {", "\n  }");
                let all = requests.lines().find(|line| line.contains("all "));
                assert!(
                    all.is_some_and(|line| line.contains("httpcode_elb_5xx")),
                    "{name}: {path}"
                );
                let bare = file.text.matches("sum:aws.applicationelb.").count();
                let zeroed = file
                    .text
                    .matches("default_zero(sum:aws.applicationelb.")
                    .count();
                assert_eq!(bare, zeroed, "{name}: {path}");
            }
        }
    }
    assert!(n_compared > 0);
}

/// Who changes the schema comes without the proxy or the pool before a database: its role knows the database alone.
#[test]
fn a_change_of_the_schema_goes_past_the_pool() {
    let mut n_compared = 0;
    for Case { name, tree, .. } in cases() {
        for (path, file) in &tree.files {
            if !path.ends_with("infrastructure/containers.tf") {
                continue;
            }
            let aws = "resource \"aws_ecs_task_definition\" \"migrator\"";
            let google = "resource \"google_cloud_run_v2_job\" \"migrator\"";
            let job = [
                between(&file.text, aws, "\n}"),
                between(&file.text, google, "\n}"),
            ]
            .concat();
            if job.is_empty() {
                continue;
            }
            n_compared += 1;
            assert!(
                job.contains("migrator_environment") || job.contains("\"DATABASE_PORT_\""),
                "{name}: {path}"
            );
        }
    }
    assert!(n_compared > 1, "{n_compared}");
}

/// Where services have buckets, one that answers requests hands out addresses of objects: on Google it signs them as itself.
#[test]
fn who_signs_addresses_may_sign() {
    let mut n_compared = 0;
    for Case { name, tree, .. } in cases() {
        for (path, file) in &tree.files {
            if path.ends_with("gcp/infrastructure/object-storage.tf")
                && file.text.contains("\"signer\"")
            {
                n_compared += 1;
                let grant = between(&file.text, "\"signer\"", "\n}");
                assert!(
                    grant.contains("roles/iam.serviceAccountTokenCreator")
                        && grant
                            .matches("google_service_account.service[each.key]")
                            .count()
                            == 2,
                    "{name}: {path}"
                );
            }
        }
    }
    assert!(n_compared > 3, "{n_compared}");
}

/// A ticket for a service that the plan does not use helps nobody.
#[test]
fn quotas_are_of_services_that_are_there() {
    let mut n_compared = 0;
    for Case { name, tree, .. } in cases() {
        for (path, file) in &tree.files {
            if !path.ends_with("docs/QUOTAS.md") || !file.text.contains("Cloud SQL") {
                continue;
            }
            n_compared += 1;
            let instance = "resource \"google_sql_database_instance\"";
            assert!(
                tree.files.values().any(|file| file.text.contains(instance)),
                "{name}: {path} asks for Cloud SQL, and there is none"
            );
        }
    }
    assert!(n_compared > 0);
}
